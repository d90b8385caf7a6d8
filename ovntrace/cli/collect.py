"""What is gathered for a question, and in which order.

First the API's lists, which tell the workload's node; then everything of that node and the pod at
once. Where the API does not tell (a logical port's name, no API at all), every node's northbound
database is read first. Lists of kinds of policies that few clusters have come last, and only where
an ACL is of one.
"""

from collections.abc import Callable, Sequence

from collectors.artifacts import BY_NAME, Artefact
from collectors.base import Collector
from collectors.gather import Progress
from collectors.reading import read_snapshot
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.inside import other_ways_inside, pod_target
from ovntrace.model.capture import Missing, Reason, Target
from ovntrace.model.snapshot import Snapshot
from ovntrace.ownerlists import lists_for_workload, lists_for_zones
from ovntrace.view.attachments import is_host_network, wishes_of
from ovntrace.view.context import Context
from ovntrace.view.find import find_workload, is_address, is_found_by_api
from ovntrace.view.migration import nodes_elsewhere
from ovntrace.view.portplace import is_placed_by_guess
from ovntrace.view.subject import Query, Subject

Say = Callable[[str], None]

# What every question is about: the API's objects, and the parts of a node.
LISTS = (
    "pods",
    "virtualmachines",
    "virtualmachineinstances",
    "network-attachment-definitions",
    "multi-networkpolicies",
    "networkpolicies",
)
NODE_PARTS = ("nb", "sb", "ovs", "ovs-vswitchd", "node-links", "node-netns")


def for_workload(
    collector: Collector, query: Query, timeout_s: float, progress: Say
) -> tuple[Snapshot, Subject]:
    """The workload that is meant, and everything that explaining it needs.

    Raises WrongQuestionError if there is none, NoAnswerError if nothing could be read that would
    tell. `timeout_s` is for each fetch.
    """
    fetch = _Fetcher(collector, timeout_s, progress)
    snapshot = fetch(_cluster_wants())
    if not is_found_by_api(snapshot, query):
        snapshot = _with_every_zone(fetch, snapshot, query)
    subject = _found(snapshot, query)
    if subject.lsp is not None and is_placed_by_guess(snapshot, subject.lsp):
        snapshot = snapshot.with_(fetch([(Target(node=subject.node or ""), BY_NAME["sb"])]))
        subject = _found(snapshot, query)
    if subject.node is not None:
        snapshot = _with_node(fetch, snapshot, subject)
    return snapshot, subject


def for_flow(
    collector: Collector,
    ends: tuple[Query, Query],
    timeout_s: float,
    progress: Say,
    known: Snapshot | None = None,
) -> tuple[Snapshot, tuple[str, str]]:
    """The ends of a flow by whole names (an address that is nobody's stays as it is), and the
    northbound databases of their nodes, with the interfaces of their pods. What is in `known` is
    not read again.

    Raises WrongQuestionError and NoAnswerError as `for_workload` does.
    """
    fetch = _Fetcher(collector, timeout_s, progress)
    snapshot = fetch(_cluster_wants()) if known is None else known
    unknown = [end for end in ends if not is_found_by_api(snapshot, end)]
    if [end for end in unknown if not is_address(end.name) or not snapshot.kube.has("pods")]:
        snapshot = _with_every_zone(fetch, snapshot, Query("", node=ends[0].node))
    subjects = [_found_or_outside(snapshot, end) for end in ends]
    inside = [subject for subject in subjects if subject is not None and subject.node]
    nodes = dict.fromkeys(subject.node or "" for subject in inside)
    wants = [(Target(node=node), BY_NAME["nb"]) for node in nodes if node not in snapshot.nb]
    for subject in inside:
        if _has_untold_address(snapshot, subject):
            wants += _address_wants(collector, subject)
    wants = [want for want in wants if not _is_known(snapshot, *want)]
    snapshot = _with(fetch, snapshot, list(dict.fromkeys(wants)))
    for subject in inside:
        snapshot = _with(fetch, snapshot, lists_for_workload(snapshot, subject))
    # An address stays one: it also tells which of a workload's networks is meant.
    named = zip(subjects, ends, strict=True)
    names = [str(s) if s and not is_address(end.name) else end.name for s, end in named]
    return snapshot, (names[0], names[1])


def for_flows(collector: Collector, timeout_s: float, progress: Say) -> Snapshot:
    """What any flow may need: the API's lists and every node's northbound database."""
    fetch = _Fetcher(collector, timeout_s, progress)
    snapshot = _with_every_zone(fetch, fetch(_cluster_wants()), Query(""))
    return _with(fetch, snapshot, lists_for_zones(snapshot))


def _has_untold_address(snapshot: Snapshot, subject: Subject) -> bool:
    """True if an attachment's address stands neither in an annotation nor in the VMI: then the
    pod's own interface may have it."""
    wishes = wishes_of(snapshot, subject, snapshot.nb.get(subject.node or ""))
    return subject.kind == "pod" and any(not wish.addresses for wish in wishes)


def _address_wants(collector: Collector, subject: Subject) -> list[tuple[Target, Artefact]]:
    """What tells the addresses of a pod's own interfaces."""
    if collector.kind == "local":
        node = Target(node=subject.node or "")
        return [(node, BY_NAME["ovs"]), (node, BY_NAME["node-links"])]
    pod = pod_target(subject)
    return [(pod, BY_NAME["pod-links"])] if pod is not None else []


def _is_known(snapshot: Snapshot, target: Target, artefact: Artefact) -> bool:
    """True if the artefact was read before, or could not be."""
    parts = {"ovs": snapshot.ovs, "node-links": snapshot.node_links}
    if artefact.name == "pod-links" and (target.namespace, target.pod) in snapshot.pod_links:
        return True
    if target.node in parts.get(artefact.name, {}):
        return True
    return snapshot.missing_of(artefact.name, str(target)) is not None


def _found_or_outside(snapshot: Snapshot, end: Query) -> Subject | None:
    """None for an address that is no workload's."""
    try:
        return _found(snapshot, end)
    except WrongQuestionError:
        if is_address(end.name):
            return None
        raise


def for_listing(
    collector: Collector, namespace: str | None, timeout_s: float, progress: Say
) -> Snapshot:
    """What `ls` needs: the API's lists, or the northbound databases where there is no API."""
    del namespace  # lists are cluster-wide: one request each, and a launcher's VM is found too
    fetch = _Fetcher(collector, timeout_s, progress)
    snapshot = fetch(_cluster_wants())
    # A must-gather has the pods of some namespaces; others' are known by their logical ports.
    if not snapshot.kube.has("pods") or getattr(collector, "is_partial", False):
        snapshot = _with_every_zone(fetch, snapshot, Query(""))
    return snapshot


def for_zones(collector: Collector, node: str | None, timeout_s: float, progress: Say) -> Snapshot:
    """The northbound databases of all nodes, or of one: all that judging switches needs.

    Raises WrongQuestionError if there is no such node, NoAnswerError if the nodes are not known.
    """
    nodes = nodes_of(collector)
    if node is not None and node not in nodes:
        raise WrongQuestionError(f"no node is named {node}", candidates=sorted(nodes))
    fetch = _Fetcher(collector, timeout_s, progress)
    return fetch([(Target(node=one), BY_NAME["nb"]) for one in nodes if node in (None, one)])


def nodes_of(collector: Collector) -> Sequence[str]:
    """Names of the nodes; NoAnswerError if they can't be had."""
    nodes = collector.nodes()
    if isinstance(nodes, Missing):
        raise NoAnswerError(nodes.detail, place=str(nodes.target), hint=nodes.hint)
    return nodes


class _Fetcher:
    """Reads wants into a Snapshot, and says what it waits for."""

    def __init__(self, collector: Collector, timeout_s: float, say: Say) -> None:
        self.collector = collector
        self._timeout_s = timeout_s
        self._say = say

    def __call__(self, wants: Sequence[tuple[Target, Artefact]]) -> Snapshot:
        return read_snapshot(
            self.collector, wants, timeout_s=self._timeout_s, progress=self._on_progress
        )

    def _on_progress(self, step: Progress) -> None:
        self._say(f"{step.done}/{step.total} read; {step.artefact} of {step.target}: {step.state}")


def _cluster_wants() -> list[tuple[Target, Artefact]]:
    return [(Target(), BY_NAME[name]) for name in LISTS]


def _with(
    fetch: _Fetcher, snapshot: Snapshot, wants: Sequence[tuple[Target, Artefact]]
) -> Snapshot:
    return snapshot.with_(fetch(wants)) if wants else snapshot


def _with_every_zone(fetch: _Fetcher, snapshot: Snapshot, query: Query) -> Snapshot:
    nodes = nodes_of(fetch.collector)
    chosen = [node for node in nodes if query.node in (None, node) and node not in snapshot.nb]
    wants = [(Target(node=node), BY_NAME["nb"]) for node in chosen]
    return _with(fetch, snapshot, wants)


def _found(snapshot: Snapshot, query: Query) -> Subject:
    """The workload; where nothing was read that could tell, that is the answer."""
    if not snapshot.kube.has("pods") and not snapshot.nb:
        why = [missing for missing in snapshot.missing if missing.artefact in ("nb", "pods")]
        # What this way in can't see explains nothing while something else failed.
        why.sort(key=lambda missing: missing.reason in (Reason.UNSUPPORTED, Reason.ABSENT))
        if why:
            first = why[0]
            raise NoAnswerError(
                f"{first.artefact}: {first.detail}", place=str(first.target), hint=first.hint
            )
    return find_workload(snapshot, query)


def _with_node(fetch: _Fetcher, snapshot: Snapshot, subject: Subject) -> Snapshot:
    node = subject.node or ""
    wants = [
        (Target(node=node), BY_NAME[name])
        for name in NODE_PARTS
        if name != "nb" and (name != "sb" or node not in snapshot.sb)
    ]
    if node not in snapshot.nb:
        wants.insert(0, (Target(node=node), BY_NAME["nb"]))
    enters_by_netns = fetch.collector.kind == "local"
    pod = None if _is_on_host_network(snapshot, subject) else pod_target(subject)
    if pod is not None and not enters_by_netns:
        wants.append((pod, BY_NAME["pod-links"]))
    wants += _wants_elsewhere(snapshot, subject)
    snapshot = snapshot.with_(fetch(wants))
    if pod is not None:
        snapshot = _with_pod_links(fetch, snapshot, subject, pod, enters_by_netns)
    return _with(fetch, snapshot, _last_wants(snapshot, subject))


def _wants_elsewhere(snapshot: Snapshot, subject: Subject) -> list[tuple[Target, Artefact]]:
    """The zones of other nodes that a live migration concerns: with interconnect the port of the
    other launcher may be in no other database."""
    return [
        (Target(node=node), BY_NAME[name])
        for node in nodes_elsewhere(snapshot, subject)
        for name, known in (("nb", snapshot.nb), ("sb", snapshot.sb))
        if node not in known and snapshot.missing_of(name, node) is None
    ]


def _is_on_host_network(snapshot: Snapshot, subject: Subject) -> bool:
    """True for a pod that has no network of its own to look into."""
    pod = snapshot.kube.get("pods", subject.namespace or "", subject.pod or "")
    return pod is not None and is_host_network(pod)


def _with_pod_links(
    fetch: _Fetcher, snapshot: Snapshot, subject: Subject, pod: Target, by_netns: bool
) -> Snapshot:
    """The other ways into the pod's namespace: as text where the image's ip knows no JSON; from the
    node by the namespace's name (which the node's end of the veth tells) where the image has no
    ip, or where nothing may run in the pod."""
    place = (pod.namespace, pod.pod)
    missing = snapshot.missing_of("pod-links", str(pod))
    if place in snapshot.pod_links or (missing is None and not by_netns):
        return snapshot
    ctx = Context(snapshot, pod.node, place)
    for way in other_ways_inside(ctx, subject, pod, missing, by_netns):
        found = fetch([way])
        if place in found.pod_links:
            return (snapshot.without(missing) if missing else snapshot).with_(found)
        if missing is None:
            snapshot = snapshot.with_(found)  # else the first answer says why
    return snapshot


def _last_wants(snapshot: Snapshot, subject: Subject) -> list[tuple[Target, Artefact]]:
    """What most workloads do not need: the pod's events where an attachment has no logical port
    (they say why), and the owners of its ACLs that are of a kind which few clusters have."""
    nb = snapshot.nb.get(subject.node or "")
    if nb is None:
        return []
    wants = lists_for_workload(snapshot, subject)
    if subject.namespace and snapshot.kube.has("pods"):
        wishes = wishes_of(snapshot, subject, nb)
        if any(nb.port(wish.lsp_name) is None for wish in wishes):
            wants.append((Target(namespace=subject.namespace), BY_NAME["events"]))
    return wants
