"""For notebooks and scripts: a dump is read once, then asked."""

import time
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump import Dump
from collectors.gather import Want
from collectors.reading import read_snapshot
from ovntrace.inside import other_ways_inside, pod_target
from ovntrace.model.capture import Missing, Target
from ovntrace.model.snapshot import Snapshot
from ovntrace.ownerlists import lists_for_zones, without_others
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow, TraceView
from ovntrace.view.context import Context
from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.listing import list_workloads
from ovntrace.view.subject import Query, Subject, subject_of_pod
from ovntrace.view.subjects import all_workloads
from ovntrace.view.types import ExplainView, ListView

__all__ = ["AskedSnapshot", "Flow", "read_dump"]

_TIMEOUT_S = 60.0  # a file on a slow disk
_LISTS = (
    "nodes",
    "namespaces",
    "pods",
    "network-attachment-definitions",
    "multi-networkpolicies",
    "networkpolicies",
    "virtualmachines",
    "virtualmachineinstances",
)
_LINKS = BY_NAME["pod-links"]
_OF_NODE = ("nb", "sb", "ovs", "ovs-vswitchd", "node-links", "node-netns")

_Place = tuple[str, str]  # a pod's namespace and name


@dataclass(frozen=True, slots=True)
class AskedSnapshot(Snapshot):
    """A snapshot with the questions as methods. Answers are the records that the commands print
    (`--output json` has the same names), and everything is computed here: nothing is read again.

    Each raises WrongQuestionError for a name that is nobody's, or several's.
    """

    _tracers: list[Tracer] = field(default_factory=list, compare=False, repr=False)

    def trace(self, flow: Flow) -> TraceView:
        """Whether a flow passes, and what decides it. Switches are prepared once for all flows."""
        if not self._tracers:
            self._tracers.append(Tracer(_about(self, None)))
        return self._tracers[0].trace(flow, now=time.time())

    def explain(
        self, name: str, namespace: str | None = None, *, network: str | None = None
    ) -> ExplainView:
        """Hop by hop how a workload is plugged in; `name` as the command takes it."""
        subject = find_workload(self, Query(name, namespace))
        return explain(
            _about(self, subject), subject, network=network, interface=None, now=time.time()
        )

    def workloads(self, namespace: str | None = None) -> ListView:
        """Workloads with their attachments, as `ls` lists them."""
        return list_workloads(self, namespace=namespace, now=time.time())


def read_dump(path: str | Path, *more: str | Path) -> AskedSnapshot:
    """Everything of a dump that answers need; of several, which fill each other's gaps. Parts that
    can't be read are in `missing`.

    Raises WrongQuestionError if there is no dump at a path, NoAnswerError if it can't be read.
    """
    dump = Dump((path, *more))
    wants = [(Target(), BY_NAME[name]) for name in _LISTS]
    wants += [(Target(node=node), BY_NAME[name]) for node in dump.nodes() for name in _OF_NODE]
    snapshot = _gathered(dump, wants)
    snapshot = snapshot.with_(_gathered(dump, lists_for_zones(snapshot)))
    snapshot = _with_links(dump, snapshot)
    return AskedSnapshot(**{one.name: getattr(snapshot, one.name) for one in fields(Snapshot)})


def _pods(snapshot: Snapshot) -> dict[_Place, tuple[Target, Subject]]:
    """The pods on nodes, with their workloads. Where none are listed the logical ports tell
    them."""
    listed = [subject_of_pod(pod) for pod in snapshot.kube.items("pods")]
    subjects = listed if snapshot.kube.has("pods") else all_workloads(snapshot)
    placed = ((pod_target(subject), subject) for subject in subjects if subject.node)
    return {_place(pod): (pod, subject) for pod, subject in placed if pod is not None}


def _with_links(dump: Dump, snapshot: Snapshot) -> Snapshot:
    """With the pods' own links: as JSON, as the text of an image whose ip knows no JSON, or from
    the node by the name of the pod's network namespace."""
    pods = _pods(snapshot)
    snapshot = snapshot.with_(_gathered(dump, [(pod, _LINKS) for pod, _ in pods.values()]))
    first = {
        _place(missing.target): missing
        for missing in snapshot.missing
        if missing.artefact == _LINKS.name
    }
    silent = {at: _other_ways(snapshot, *pods[at], missing) for at, missing in first.items()}
    while silent:
        found = _gathered(dump, [ways[0] for ways in silent.values()])
        for at in found.pod_links:
            snapshot = snapshot.without(first[at])
            del silent[at]
        snapshot = snapshot.with_(replace(found, missing=()))  # the first answer says why
        silent = {at: ways[1:] for at, ways in silent.items() if ways[1:]}
    return snapshot


def _other_ways(snapshot: Snapshot, pod: Target, subject: Subject, missing: Missing) -> list[Want]:
    ctx = Context(snapshot, pod.node, _place(pod))
    text = (pod, BY_NAME["pod-links-text"])
    others = other_ways_inside(ctx, subject, pod, missing, by_netns=False)
    return [text, *(way for way in others if way != text)]


def _place(pod: Target) -> _Place:
    return pod.namespace, pod.pod


def _about(snapshot: Snapshot, subject: Subject | None) -> Snapshot:
    """Without the gaps of other pods' links, of which a dump has few, nor of lists that have no
    owner of its ACLs."""
    place = (subject.namespace, subject.pod) if subject else None
    kept = [
        one
        for one in snapshot.missing
        if not one.target.pod or (one.target.namespace, one.target.pod) == place
    ]
    own = replace(snapshot, missing=tuple(kept))
    return own if subject is None else without_others(own, subject)


def _gathered(dump: Dump, wants: list[tuple[Target, Artefact]]) -> Snapshot:
    return read_snapshot(dump, wants, timeout_s=_TIMEOUT_S)
