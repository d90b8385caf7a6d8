"""The answer of `ovntrace explain`: a workload, its attachments, and what is missing."""

from collections.abc import Sequence

from ovntrace.cms.ports import whole_identity
from ovntrace.errors import WrongQuestionError
from ovntrace.model.capture import Gap, Missing, Reason, Target, unique_gaps
from ovntrace.model.kube import Object, namespace_of
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.attach import build_attachment
from ovntrace.view.attachments import Wish, is_host_network, wishes_of
from ovntrace.view.context import Context
from ovntrace.view.migration import is_standby, migration_of, missing_elsewhere
from ovntrace.view.multichassis import by_chassis
from ovntrace.view.policy_findings import lost_policies, policy_findings
from ovntrace.view.portplace import is_placed_by_guess
from ovntrace.view.source import source_of
from ovntrace.view.subject import Subject
from ovntrace.view.types import Attachment, ExplainView, PortIdentity, Workload


def explain(
    snapshot: Snapshot,
    subject: Subject,
    network: str | None = None,
    interface: str | None = None,
    *,
    now: float,
) -> ExplainView:
    """Everything that the snapshot tells of a workload.

    `network` (a network's name, NAD or NS/NAD) and `interface` choose among its attachments; a
    choice that fits none raises WrongQuestionError. `now` is seconds since the epoch.
    """
    node = subject.node or _only_node(snapshot)
    pod = (subject.namespace, subject.pod) if subject.namespace and subject.pod else None
    ctx = Context(snapshot, node or "", pod, is_standby(snapshot, subject))
    wishes = wishes_of(snapshot, subject, ctx.nb)
    attachments = [build_attachment(ctx, subject, wish) for wish in wishes]
    chosen = _chosen(attachments, network, interface)
    identity = _identity(ctx, attachments)
    nads = frozenset(attachment.nad for attachment in chosen)
    migration, moving = migration_of(ctx, subject, nads)
    return ExplainView(
        source=source_of(snapshot, node, now),
        workload=Workload(
            kind=subject.kind,
            namespace=subject.namespace,
            name=subject.name,
            node=node,
            pod=subject.pod,
            phase=subject.phase,
            identity=identity,
        ),
        attachments=tuple(sorted(chosen, key=lambda a: (a.interface == "?", a.interface, a.nad))),
        gaps=_gaps(snapshot, subject, ctx, wishes),
        # Only OVN-Kubernetes is known to carry out MultiNetworkPolicies.
        findings=(
            *moving,
            *policy_findings(ctx, chosen),
            *(() if identity else lost_policies(ctx, subject)),
        ),
        migration=migration or by_chassis(ctx, chosen),
    )


def _identity(ctx: Context, attachments: Sequence[Attachment]) -> PortIdentity | None:
    """Who the workload is in another CMS than OVN-Kubernetes: a pod of several ports is the same in
    each."""
    first = next((one.lsp for one in attachments if one.lsp), None)
    port = ctx.nb.port(first) if ctx.nb and first else None
    return whole_identity(ctx.nb, port) if port is not None else None


def _only_node(snapshot: Snapshot) -> str | None:
    nodes = set(snapshot.nb) | set(snapshot.ovs)
    return nodes.pop() if len(nodes) == 1 else None


def _chosen(
    attachments: Sequence[Attachment], network: str | None, interface: str | None
) -> list[Attachment]:
    found = list(attachments)
    if network is not None:
        found = [a for a in found if network in (a.network, a.nad, a.nad.rpartition("/")[2])]
    if interface is not None:
        found = [a for a in found if interface == a.interface]
    if not found and (network is not None or interface is not None):
        wanted = f"network {network}" if network is not None else f"interface {interface}"
        names = [f"{a.interface} ({a.nad}, {a.network})" for a in attachments]
        raise WrongQuestionError(
            f"the workload has no attachment on {wanted}"
            if network is not None
            else f"the workload has no {wanted}",
            candidates=names,
        )
    return found


def _gaps(
    snapshot: Snapshot, subject: Subject, ctx: Context, wishes: Sequence[Wish]
) -> tuple[Gap, ...]:
    """What is missing for this workload: of its node, its pod, and of the API."""
    places = {"cluster", ctx.node, "/".join(ctx.pod) if ctx.pod else ""}
    gaps = [
        Gap.of(missing)
        for missing in snapshot.missing
        if str(missing.target) in places or missing.target.node == ctx.node
    ]
    gaps += [Gap.of(missing) for missing in missing_elsewhere(snapshot, subject)]
    gaps += [Gap.of(missing) for missing in _own_gaps(snapshot, subject, ctx, wishes)]
    return unique_gaps(gaps)


def _own_gaps(
    snapshot: Snapshot, subject: Subject, ctx: Context, wishes: Sequence[Wish]
) -> list[Missing]:
    found = []
    if ctx.has_foreign_links:
        detail = (
            "the interfaces that ip shows are of another network namespace than ovs-vswitchd's: "
            "the integration bridge is not among them"
        )
        hint = "run it in the node's own network namespace"
        found.append(Missing(Target(node=ctx.node), "node-links", Reason.UNSUPPORTED, detail, hint))
    if subject.lsp is not None and is_placed_by_guess(snapshot, subject.lsp):
        detail = f"nothing that was read tells on which node {subject.lsp} is: {ctx.node} was taken"
        found.append(Missing(Target(node=ctx.node), "sb", Reason.ABSENT, detail))
    if subject.kind == "vm" and subject.pod is None:
        detail = f"the VM has no running virt-launcher pod (it is {subject.phase or 'not known'})"
        found.append(Missing(Target(node=ctx.node), "pods", Reason.ABSENT, detail, "start the VM"))
    elif not ctx.node:
        detail = f"{subject.name} is on no node (it is {subject.phase or 'not known'})"
        hint = "look at the pod's events: it was not scheduled"
        found.append(Missing(Target(), "pods", Reason.ABSENT, detail, hint))
    elif subject.pod is not None and _tells_pods(snapshot, subject) and not _pod(snapshot, subject):
        detail = f"the API has no pod {subject.namespace}/{subject.pod}: its port is left over"
        found.append(Missing(Target(node=ctx.node), "pods", Reason.ABSENT, detail))
    elif not wishes and _is_host_network(snapshot, subject):
        detail = f"{subject.name} shares the node's network: it has no port in OVN"
        found.append(Missing(Target(node=ctx.node), "pods", Reason.ABSENT, detail))
    return found


def _is_host_network(snapshot: Snapshot, subject: Subject) -> bool:
    pod = _pod(snapshot, subject)
    return pod is not None and is_host_network(pod)


def _tells_pods(snapshot: Snapshot, subject: Subject) -> bool:
    """True if a pod of that namespace that is not in the list does not exist: what others collected
    has the pods of some namespaces only."""
    kube = snapshot.kube
    if not kube.has("pods") or snapshot.source_kind != "dump":
        return kube.has("pods")
    return any(namespace_of(pod) == subject.namespace for pod in kube.items("pods"))


def _pod(snapshot: Snapshot, subject: Subject) -> Object | None:
    if not subject.namespace or not subject.pod:
        return None
    return snapshot.kube.get("pods", subject.namespace, subject.pod)
