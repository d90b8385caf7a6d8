"""What `ovntrace dump` gathers, and in which order.

First the API's lists, which tell the pods; then a small question to every node, so that those that
do not answer are waited for at the same time, and beside the work; then databases, links and flows
of those that have answered, and the pods of a node as soon as its interfaces are known. Everything
goes to the writer when it comes; of a node only what the rest of it needs is remembered until then.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from collectors.artifacts import ARTEFACTS, BY_NAME, DATABASE_FILES, Artefact, Where
from collectors.base import Collector, HasDatabaseFiles
from collectors.dump.manifest import key_of
from collectors.dump.writer import DumpWriter
from collectors.gather import Limits, Progress, Want, gather, stream
from collectors.snapshot import make_snapshot
from ovntrace.cli.collect import Say
from ovntrace.cli.dump_jobs import DatabaseCopy, Job, Plain, PodLinks, Result, note_stopped
from ovntrace.cli.dump_progress import DumpProgress
from ovntrace.cli.progress import readable_size as readable_size
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.inside import pod_target
from ovntrace.model.capture import Missing, Reason, Target
from ovntrace.model.kube import name_of
from ovntrace.model.openvswitch import parse_bridge_mappings
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.attachments import is_host_network
from ovntrace.view.find import find_workload
from ovntrace.view.migration import nodes_elsewhere
from ovntrace.view.subject import Query, Subject, subject_of_pod
from ovntrace.view.subjects import all_workloads

# Each thing that is asked is a process on a node, and a result in memory. First questions leave
# room for the rest: as many nodes may be dead.
_LIMITS = Limits(parallel=12, most=32, heavy=3, per_node=4, first=20)
# What the pods and the bridges of a node are known by.
_AROUND = ("ovs", "node-links", "node-netns")
# The first question: it is small, and ends by itself where only the daemon does not answer.
_FIRST = "ovs-vswitchd"
_SIMPLE = (*_AROUND, _FIRST)
# Questions to a node beside its pods: those, two databases, and mostly two bridges.
_USUAL_QUESTIONS = len(_SIMPLE) + 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants of a cluster; empty: everything."""

    nodes: tuple[str, ...] = ()
    all_nodes: bool = False
    namespaces: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()

    @property
    def document(self) -> dict[str, list[str] | bool]:
        """As the manifest tells it."""
        return {
            "nodes": list(self.nodes),
            "all_nodes": self.all_nodes,
            "namespaces": list(self.namespaces),
            "workloads": list(self.workloads),
        }


class Collection:
    """One run. `shield` keeps an interrupt away while something is written."""

    def __init__(
        self,
        collector: Collector,
        writer: DumpWriter,
        timeout_s: float,
        say: Say,
        shield: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.nodes: tuple[str, ...] = ()
        self._collector, self._writer = collector, writer
        self._timeout_s, self._say, self._shield = timeout_s, say, shield
        self._jobs: dict[Want, tuple[str, Job]] = {}
        self._progress = DumpProgress(writer, say, {})
        self._asked = Asked()
        self._lists = Snapshot(collector.kind, collector.place)
        self._by_node: dict[str, list[Subject]] = {}
        self._around: dict[str, _Node] = {}

    def run(self, asked: Asked) -> None:
        """Gather everything. Raises WrongQuestionError for a node or workload that is not there,
        NoAnswerError if nothing at all can be read, KeyboardInterrupt when it is stopped."""
        self._asked = asked
        self._read_lists()
        self.nodes = self._choose_nodes()
        pods = self._by_node
        expected = {node: _USUAL_QUESTIONS + len(pods.get(node, ())) for node in self.nodes}
        self._progress = DumpProgress(self._writer, self._say, expected)
        stream(
            self._collector,
            (),
            self._take,
            timeout_s=self._timeout_s,
            limits=_LIMITS,
            first=[want for node in self.nodes for want in self._ask_first(node)],
            progress=self._progress.tell,
        )

    def note_rest(self) -> None:
        """After an interrupt: note what was not read."""
        for artefact in ARTEFACTS:
            if artefact.where is Where.API:
                self._note_stopped(Target(), artefact)
        for _, job in list(self._jobs.values()):
            job.stop()
        for node in self.nodes:
            for name in (*DATABASE_FILES, *_SIMPLE):
                self._note_stopped(Target(node=node), BY_NAME[name])
            for subject in self._by_node.get(node, ()):
                target = pod_target(subject)
                if target is not None:
                    self._note_stopped(target, BY_NAME["pod-links"])

    def _note_stopped(self, target: Target, artefact: Artefact) -> None:
        if not self._writer.has(key_of(target, artefact.name)):
            note_stopped(self._writer, target, artefact)

    # --- lists, nodes, pods --------------------------------------------------------------------

    def _read_lists(self) -> None:
        wants = [(Target(), one) for one in ARTEFACTS if one.where is Where.API]
        results = gather(
            self._collector, wants, timeout_s=self._timeout_s, progress=self._tell_of_list
        )
        self._lists = make_snapshot(
            results, source_kind=self._collector.kind, place=self._collector.place
        )
        for (_, artefact), result in zip(wants, results, strict=True):
            with self._shield():
                self._writer.add(artefact, result)

    def _choose_nodes(self) -> tuple[str, ...]:
        found = self._collector.nodes()
        if isinstance(found, Missing):
            if not self._lists.kube.has("pods"):
                raise NoAnswerError(found.detail, place=str(found.target), hint=found.hint)
            # The objects are worth something without the nodes.
            row = BY_NAME["nb"]
            with self._shield():
                self._writer.add(row, Missing(Target(), row.name, found.reason, found.detail))
            found = ()
        asked = self._asked
        self._by_node = self._pods_by_node()
        if asked.nodes:
            known = {*found, *map(name_of, self._lists.kube.items("nodes"))}
            for node in asked.nodes:
                if node not in known:
                    raise WrongQuestionError(f"no node is named {node}", candidates=sorted(known))
            return tuple(dict.fromkeys(asked.nodes))
        is_some = bool(asked.workloads or asked.namespaces) and not asked.all_nodes
        if not is_some or not self._lists.kube.has("pods"):
            return tuple(found)
        if not self._by_node:
            raise WrongQuestionError(
                "no pod of what was asked for runs on a node", hint="--all-nodes takes all nodes"
            )
        return tuple(sorted({*self._by_node, *self._nodes_of_migrations()}))

    def _nodes_of_migrations(self) -> Iterator[str]:
        """The nodes of the other launchers of the workloads that were named."""
        for subject in self._named(self._lists):
            yield from nodes_elsewhere(self._lists, subject)

    def _pods_by_node(self) -> dict[str, list[Subject]]:
        """The pods of which the interfaces are read; empty where the API does not tell them."""
        found: dict[str, list[Subject]] = {}
        if not self._lists.kube.has("pods"):
            return found
        chosen = self._chosen(self._lists)
        for pod in self._lists.kube.items("pods"):
            subject = subject_of_pod(pod)
            if subject.node and not is_host_network(pod) and self._is_chosen(subject, chosen):
                found.setdefault(subject.node, []).append(subject)
        return found

    def _chosen(self, snapshot: Snapshot) -> set[tuple[str | None, str | None]]:
        """Namespace and pod of each workload that was named."""
        return {(subject.namespace, subject.pod) for subject in self._named(snapshot)}

    def _named(self, snapshot: Snapshot) -> Iterator[Subject]:
        """Each workload that was named. Raises WrongQuestionError for one that is not there."""
        namespaces = self._asked.namespaces
        namespace = namespaces[0] if len(namespaces) == 1 else None
        for name in self._asked.workloads:
            yield find_workload(snapshot, Query(name, namespace))

    def _is_chosen(self, subject: Subject, chosen: set[tuple[str | None, str | None]]) -> bool:
        if self._asked.workloads:
            return (subject.namespace, subject.pod) in chosen
        return not self._asked.namespaces or subject.namespace in self._asked.namespaces

    # --- the parts of a node -------------------------------------------------------------------

    def _ask_first(self, node: str) -> Iterator[Want]:
        want = (Target(node=node), BY_NAME[_FIRST])
        return self._begin(node, Plain(self._writer, want))

    def _ask_rest(self, node: str) -> Iterator[Want]:
        needs = _AROUND if self._lists.kube.has("pods") else (*_AROUND, "nb")
        around = self._around[node] = _Node(needs)
        target = Target(node=node)
        for name in DATABASE_FILES:
            files: Sequence[str] = ()
            if isinstance(self._collector, HasDatabaseFiles):
                files = self._collector.database_files(name)
            copy = DatabaseCopy(self._writer, target, BY_NAME[name], files, around.hear)
            yield from self._begin(node, copy)
        for name in _AROUND:
            yield from self._begin(node, Plain(self._writer, (target, BY_NAME[name]), around.hear))

    def _begin(self, node: str, job: Job) -> Iterator[Want]:
        wants = job.begin()
        for want in wants:
            self._note_began(want, node, job)
            yield want

    def _note_began(self, want: Want, node: str, job: Job) -> None:
        self._jobs[want] = (node, job)
        self._progress.began(node)

    def _take(self, want: Want, result: Result) -> Sequence[Want]:
        node, job = self._jobs[want]
        with self._shield():
            further = list(job.take(want, result))
            del self._jobs[want]
            for one in further:
                self._note_began(one, node, job)
            if want[1].name == _FIRST:
                further += self._ask_rest(node)
            else:
                further += self._follow(node)
        if self._progress.ended(node):
            self._around.pop(node, None)
        return further

    def _follow(self, node: str) -> list[Want]:
        """The bridges' flows and the pods, once what they are known by has come."""
        around = self._around.get(node)
        if around is None or not around.is_whole or around.is_followed:
            return []
        around.is_followed = True
        target = Target(node=node)
        snapshot = around.snapshot(self._lists)
        jobs: list[Job] = []
        for bridge in _bridges(snapshot, node):
            row = BY_NAME["openflow"]
            try:
                jobs.append(Plain(self._writer, (target, row.filled({"bridge": bridge}))))
            except ValueError as error:
                self._writer.add(row, Missing(target, row.name, Reason.UNSUPPORTED, str(error)))
        for subject in self._subjects(node, snapshot):
            pod = pod_target(subject)
            if pod is not None:
                by_netns = self._collector.kind == "local"
                jobs.append(
                    PodLinks(
                        self._writer,
                        subject,
                        pod,
                        lambda: around.snapshot(self._lists),
                        by_netns=by_netns,
                    )
                )
        return [want for job in jobs for want in self._begin(node, job)]

    def _subjects(self, node: str, snapshot: Snapshot) -> Sequence[Subject]:
        if self._lists.kube.has("pods"):
            return self._by_node.get(node, ())
        # Without the API the logical ports tell the pods.
        try:
            chosen = self._chosen(snapshot)
        except WrongQuestionError:  # it is on another node
            return ()
        own = [one for one in all_workloads(snapshot) if one.node == node and one.pod]
        unique = {(one.namespace, one.pod): one for one in own}.values()
        return [one for one in unique if self._is_chosen(one, chosen)]

    # --- progress ------------------------------------------------------------------------------

    def _tell_of_list(self, step: Progress) -> None:
        self._say(f"{step.done}/{step.total} lists; {step.artefact}: {step.state}")


class _Node:
    """What is remembered of a node until its pods are read."""

    def __init__(self, needs: Sequence[str]) -> None:
        self.is_followed = False
        self._needs = frozenset(needs)
        self._names: set[str] = set()
        self._results: list[Result] = []
        self._snapshot: Snapshot | None = None

    @property
    def is_whole(self) -> bool:
        """True once everything has come, or could not."""
        return self._needs <= self._names

    def hear(self, artefact: Artefact, result: Result) -> None:
        """Take note of a part, if it is needed."""
        if artefact.name in self._needs:
            self._names.add(artefact.name)
            self._results.append(result)

    def snapshot(self, lists: Snapshot) -> Snapshot:
        """The lists and what is known of the node."""
        if self._snapshot is None:
            own = make_snapshot(self._results, source_kind=lists.source_kind, place="")
            # The lists as they are, with their index: a copy for each node would take each node
            # longer, the more nodes there are.
            self._snapshot = replace(own, kube=lists.kube)
            self._results.clear()
        return self._snapshot


def _bridges(snapshot: Snapshot, node: str) -> list[str]:
    """The integration bridge and the bridges of the mappings, of those that the node has."""
    ovs = snapshot.ovs.get(node)
    if ovs is None:
        return ["br-int"]
    mapped = parse_bridge_mappings(ovs.bridge_mappings).values()
    return [
        name
        for name in dict.fromkeys((ovs.integration_bridge, *mapped))
        if ovs.bridge(name) is not None
    ]
