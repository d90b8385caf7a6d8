"""For notebooks and scripts: a dump is read once, then asked."""

import time
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump import Dump
from collectors.gather import gather
from collectors.snapshot import make_snapshot
from ovntrace.model.capture import Target
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow, TraceView
from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.listing import list_workloads
from ovntrace.view.subject import Query, Subject, subject_of_pod
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
_OF_NODE = ("nb", "sb", "ovs", "ovs-vswitchd", "node-links", "node-netns")


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
    snapshot = _with_links(dump, snapshot, _pods(snapshot))
    return AskedSnapshot(**{one.name: getattr(snapshot, one.name) for one in fields(Snapshot)})


def _pods(snapshot: Snapshot) -> list[Target]:
    subjects = (subject_of_pod(pod) for pod in snapshot.kube.items("pods"))
    return [
        Target(node=one.node, namespace=one.namespace, pod=one.pod)
        for one in subjects
        if one.node and one.namespace and one.pod
    ]


def _with_links(dump: Dump, snapshot: Snapshot, pods: list[Target]) -> Snapshot:
    """With the pods' own links, as JSON or as the text of an image whose ip knows no JSON."""
    links = _gathered(dump, [(pod, BY_NAME["pod-links"]) for pod in pods])
    silent = [missing.target for missing in links.missing]
    texts = _gathered(dump, [(pod, BY_NAME["pod-links-text"]) for pod in silent])
    untold = [
        missing
        for missing in links.missing
        if (missing.target.namespace, missing.target.pod) not in texts.pod_links
    ]
    told = replace(texts, missing=())  # the first answer says why there is none
    return snapshot.with_(replace(links, missing=tuple(untold))).with_(told)


def _about(snapshot: Snapshot, subject: Subject | None) -> Snapshot:
    """Without the gaps of other pods' links, of which a dump has few."""
    place = (subject.namespace, subject.pod) if subject else None
    kept = [
        one
        for one in snapshot.missing
        if not one.target.pod or (one.target.namespace, one.target.pod) == place
    ]
    return replace(snapshot, missing=tuple(kept))


def _gathered(dump: Dump, wants: list[tuple[Target, Artefact]]) -> Snapshot:
    results = gather(dump, wants, timeout_s=_TIMEOUT_S)
    return make_snapshot(results, source_kind=dump.kind, place=dump.place)
