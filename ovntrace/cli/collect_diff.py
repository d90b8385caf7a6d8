"""What a side of `diff` is made from: all nodes and lists, or one workload's parts.

Of pods' own interfaces a live cluster is asked only for those that the other side has: each is a
command in a pod, and what one side lacks can't be compared.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from collectors.artifacts import BY_NAME
from collectors.base import Collector
from collectors.gather import Progress, Want
from collectors.reading import read_snapshot
from ovntrace.cli.collect import LISTS, NODE_PARTS
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Missing, Target
from ovntrace.model.snapshot import Snapshot
from ovntrace.ownerlists import lists_for_zones
from ovntrace.view.attachments import is_host_network, wishes_of
from ovntrace.view.find import find_workload
from ovntrace.view.subject import Query, Subject, subject_of_pod

Say = Callable[[str], None]
Pod = tuple[str, str]  # namespace, name

MAX_PEER_NODES = 20


class SideReader:
    """Reads one side. `timeout_s` is for each fetch."""

    def __init__(self, collector: Collector, timeout_s: float, say: Say) -> None:
        self._collector = collector
        self.is_live = collector.kind != "dump"
        self._timeout_s = timeout_s
        self._say = say

    def everything(self, links_of: Collection[Pod] | None) -> Snapshot:
        """All nodes and lists, and the interfaces inside of some pods (None: of all).

        Raises NoAnswerError if the nodes are not known.
        """
        wants = self._lists()
        wants += [
            (Target(node=node), BY_NAME[part]) for node in self._nodes() for part in NODE_PARTS
        ]
        return self._with_links(self._fetch(wants), links_of)

    def lists(self) -> Snapshot:
        """The API's lists; the northbound databases too where there is no API."""
        snapshot = self._fetch(self._lists())
        if snapshot.kube.has("pods"):
            return snapshot
        wants = [(Target(node=node), BY_NAME["nb"]) for node in self._nodes()]
        return snapshot.with_(self._fetch(wants))

    def with_workload(
        self,
        snapshot: Snapshot,
        subject: Subject | None,
        zones: Collection[str],
        links_of: Collection[Pod] | None,
    ) -> Snapshot:
        """With everything of the workload's node, and the northbound databases of `zones`, as far
        as this side has those nodes."""
        own = subject.node if subject else None
        known = self._nodes()
        wants = [(Target(node=own), BY_NAME[part]) for part in NODE_PARTS] if own else []
        wants += [(Target(node=node), BY_NAME["nb"]) for node in zones if node in known]
        wants = [
            want
            for want in dict.fromkeys(wants)
            if want[1].name != "nb" or want[0].node not in snapshot.nb
        ]
        snapshot = snapshot.with_(self._fetch(wants)) if wants else snapshot
        if subject is None:
            return snapshot
        pod = {(subject.namespace or "", subject.pod or "")}
        return self._with_links(snapshot, pod if links_of is None else pod & set(links_of))

    def with_owners(self, snapshot: Snapshot, other: Snapshot) -> Snapshot:
        """With the lists that have owners of an ACL of this side or of the other."""
        wants = lists_for_zones(snapshot, other)
        return snapshot.with_(self._fetch(wants)) if wants else snapshot

    def _lists(self) -> list[Want]:
        return [(Target(), BY_NAME[name]) for name in LISTS]

    def _nodes(self) -> Sequence[str]:
        nodes = self._collector.nodes()
        if isinstance(nodes, Missing):
            raise NoAnswerError(nodes.detail, place=str(nodes.target), hint=nodes.hint)
        return nodes

    def _with_links(self, snapshot: Snapshot, links_of: Collection[Pod] | None) -> Snapshot:
        """With pods' links, as JSON or else as the text of an image whose ip knows no JSON."""
        pods = [
            Target(one.node or "", one.namespace or "", one.pod or "")
            for pod in snapshot.kube.items("pods")
            if not is_host_network(pod)
            and (one := subject_of_pod(pod)).node
            and one.namespace
            and one.pod
        ]
        wanted = [p for p in pods if links_of is None or (p.namespace, p.pod) in links_of]
        if not wanted:
            return snapshot
        links = self._fetch([(pod, BY_NAME["pod-links"]) for pod in wanted])
        silent = [missing.target for missing in links.missing]
        texts = self._fetch([(pod, BY_NAME["pod-links-text"]) for pod in silent])
        untold = tuple(
            missing
            for missing in links.missing
            if (missing.target.namespace, missing.target.pod) not in texts.pod_links
        )
        told = replace(texts, missing=())  # the first answer says why there is none
        return snapshot.with_(replace(links, missing=untold)).with_(told)

    def _fetch(self, wants: Sequence[Want]) -> Snapshot:
        one = self._collector
        return read_snapshot(one, wants, timeout_s=self._timeout_s, progress=self._on_progress)

    def _on_progress(self, step: Progress) -> None:
        self._say(f"{step.done}/{step.total} read; {step.artefact} of {step.target}: {step.state}")


def read_whole(old: SideReader, new: SideReader) -> tuple[Snapshot, Snapshot]:
    """Both sides with all nodes. Raises NoAnswerError."""
    if old.is_live:
        after = new.everything(None)
        before = old.everything(set(after.pod_links))
    else:
        before = old.everything(None)
        after = new.everything(set(before.pod_links) if new.is_live else None)
    return old.with_owners(before, after), new.with_owners(after, before)


def read_workload(
    old: SideReader, new: SideReader, query: Query
) -> tuple[Snapshot, Snapshot, Subject]:
    """Both sides with what concerns one workload, and the workload.

    Raises WrongQuestionError if neither side has it or if it is another one on each, NoAnswerError.
    """
    before, after = old.lists(), new.lists()
    first, second = _found_in_both(before, after, query)
    some = second or first
    assert some is not None
    zones = {one.node for one in (first, second) if one is not None and one.node}
    for snapshot, subject in ((before, first), (after, second)):
        zones |= set(_peer_nodes(snapshot, subject)) if subject else set()
    chosen = sorted(zones)
    if new.is_live:
        before = old.with_workload(before, first, chosen, None)
        after = new.with_workload(after, second, chosen, _pods_with_links(before, first, second))
    else:
        after = new.with_workload(after, second, chosen, None)
        links = _pods_with_links(after, second, first) if old.is_live else None
        before = old.with_workload(before, first, chosen, links)
    return old.with_owners(before, after), new.with_owners(after, before), some


def _pods_with_links(
    told: Snapshot, its_own: Subject | None, others: Subject | None
) -> Collection[Pod]:
    """The workload's pod on the live side, if the other side has the interfaces of its own."""
    if its_own is None or others is None:
        return ()
    if (its_own.namespace, its_own.pod) not in told.pod_links:
        return ()
    return ((others.namespace or "", others.pod or ""),)


def _found_in_both(
    before: Snapshot, after: Snapshot, query: Query
) -> tuple[Subject | None, Subject | None]:
    """The workload on each side. What one side alone can tell is looked up by its whole name."""
    first, second = _found_in(before, query), _found_in(after, query)
    if isinstance(first, WrongQuestionError) and isinstance(second, WrongQuestionError):
        raise second
    if isinstance(first, WrongQuestionError):
        assert not isinstance(second, WrongQuestionError)
        return _exact(before, second), second
    if isinstance(second, WrongQuestionError):
        return first, _exact(after, first)
    if str(first) != str(second):
        raise WrongQuestionError(
            f"{query.name!r} is another workload on each side",
            hint="name it whole",
            candidates=[str(first), str(second)],
        )
    return first, second


def _exact(snapshot: Snapshot, subject: Subject) -> Subject | None:
    found = _found_in(snapshot, Query(str(subject)))
    return None if isinstance(found, WrongQuestionError) or str(found) != str(subject) else found


def _found_in(snapshot: Snapshot, query: Query) -> Subject | WrongQuestionError:
    try:
        return find_workload(snapshot, query)
    except WrongQuestionError as error:
        return error


def _peer_nodes(snapshot: Snapshot, subject: Subject) -> list[str]:
    """Nodes with pods on a network of its own that the workload is on, by name. On the cluster's
    network the way to another node leads through routers, which verdicts do not follow."""
    nads = {wish.nad for wish in wishes_of(snapshot, subject, None)} - {"default"}
    if not nads:
        return []
    nodes = set()
    for pod in snapshot.kube.items("pods"):
        one = subject_of_pod(pod)
        if one.node and any(wish.nad in nads for wish in wishes_of(snapshot, one, None)):
            nodes.add(one.node)
    return sorted(nodes)[:MAX_PEER_NODES]
