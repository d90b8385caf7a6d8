"""What is wrong with the policies that select a workload: OVN has nothing of them, or only a part,
or something else than they say."""

from collections.abc import Iterator, Sequence

from ovntrace.model.kube import name_of, namespace_of
from ovntrace.policy.effect import unknown_nads
from ovntrace.policy.part import LIST_OF_KIND
from ovntrace.policy.ports import NamedPort, named_ports
from ovntrace.view.attachments import pod_labels
from ovntrace.view.context import Context
from ovntrace.view.subject import Subject
from ovntrace.view.types import AclView, Attachment, Finding, PolicyEffect


def policy_findings(ctx: Context, attachments: Sequence[Attachment]) -> Iterator[Finding]:
    """Of policies that hold on an attachment's network."""
    for attachment in attachments:
        for policy in attachment.policies or ():
            if policy.effect in ("none", "partial"):
                yield _ineffective(ctx, attachment, policy)
            yield from _by_name(ctx, attachment, policy)


def lost_policies(ctx: Context, subject: Subject) -> Iterator[Finding]:
    """MultiNetworkPolicies that select the workload and hold on no network."""
    labels = pod_labels(ctx.snapshot, subject)
    if labels is None or not subject.namespace:
        return
    for item, reason in unknown_nads(ctx.snapshot.kube, subject.namespace, labels):
        namespace, name = namespace_of(item), name_of(item)
        title = f"MultiNetworkPolicy {namespace}/{name}"
        yield Finding(
            "OVT802",
            "warning",
            "proven",
            f"{title} selects this workload but holds nowhere: {reason}",
            {"object": title},
            (ctx.object("multi-networkpolicies", namespace, name, "metadata.annotations"),),
        )


def _title(policy: PolicyEffect) -> str:
    return f"{policy.kind} {policy.namespace}/{policy.name}"


def _ineffective(ctx: Context, attachment: Attachment, policy: PolicyEffect) -> Finding:
    title = _title(policy)
    what = "has no effect" if policy.effect == "none" else "is only partly in force"
    plural = LIST_OF_KIND[policy.kind]
    return Finding(
        "OVT801",
        "warning",
        "proven",
        f"{title} selects this workload on {attachment.network} and {what}: {policy.reason}",
        {"object": title},
        (ctx.object(plural, policy.namespace, policy.name, "spec"),),
    )


def _by_name(ctx: Context, attachment: Attachment, policy: PolicyEffect) -> Iterator[Finding]:
    """Ports that the policy names, which its ACLs do not have."""
    plural = LIST_OF_KIND[policy.kind]
    item = ctx.snapshot.kube.get(plural, policy.namespace, policy.name)
    named = named_ports(item) if item is not None else []
    own = [acl for acl in attachment.acls if _is_of(acl, policy)] if named else []
    for one in named:
        found = [(acl, said) for acl in own if (said := _of_acl(one, acl)) is not None]
        if not found:
            continue
        # The ACLs of a rule's peers say the same of its ports. Before 2023-08 each port had its
        # own: then the one that allows everything counts.
        acl, said = min(found, key=lambda item: item[1] != _allows_all(one))
        title = _title(policy)
        place = f"{one.direction} rule {one.rule}, ports[{one.port.index}]"
        yield Finding(
            "OVT803",
            "warning",
            "proven",
            f"{title} names the port {one.port.port} ({place}); "
            f"OVN-Kubernetes does not look names up: {said}",
            {"object": title},
            (
                ctx.object(plural, policy.namespace, policy.name, "spec"),
                ctx.row("nb", "ACL", acl.uuid, "match"),
            ),
        )


def _allows_all(named: NamedPort) -> str:
    return f"the ACL allows all of {named.port.protocol}"


def _is_of(acl: AclView, policy: PolicyEffect) -> bool:
    ref = acl.policy
    return ref is not None and (ref.kind, ref.namespace, ref.name) == (
        policy.kind,
        policy.namespace,
        policy.name,
    )


def _of_acl(named: NamedPort, acl: AclView) -> str | None:
    """What has become of the port in an ACL; None for one of another rule or protocol."""
    ref = acl.policy
    if ref is None or ref.ports is None:
        return None
    if (ref.direction, ref.rule) != (named.direction, named.rule):
        return None
    if named.port in ref.ports:
        return _allows_all(named)
    if ref.protocol == named.port.protocol:
        return f"the ACL for {ref.protocol} has the numbers alone that stand beside it"
    return None
