"""Every workload that a snapshot tells of: of the API, and of ports whose pod the API has not."""

from collections.abc import Iterator
from functools import cached_property

from ovntrace.cms.ports import machines
from ovntrace.model.kube import name_of, namespace_of
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.portplace import placed_ports
from ovntrace.view.subject import Subject, subject_of_pod, subject_of_port, subject_of_vm


def all_workloads(snapshot: Snapshot) -> tuple[Subject, ...]:
    """Every workload, by namespace and name: VMs in place of their launcher pods."""
    subjects = dict.fromkeys(all_subjects(snapshot, None))
    launchers = {(s.namespace, s.pod) for s in subjects if s.kind == "vm"}
    kept = (s for s in subjects if s.kind == "vm" or (s.namespace, s.pod) not in launchers)
    return tuple(sorted(kept, key=lambda s: (s.namespace or "", s.name, s.kind)))


def all_subjects(snapshot: Snapshot, node: str | None) -> Iterator[Subject]:
    """VMs, pods (launchers too) and ports, as they are found; of one node if it is given."""
    pods, vms = set(), set()
    for subject in subjects_of_api(snapshot):
        pods.add((subject.namespace, subject.pod))
        if subject.kind == "vm":
            vms.add((subject.namespace, subject.name))
        if node is None or subject.node == node:
            yield subject
    for subject in _of_ports(snapshot, node):
        is_vm = subject.kind == "vm" and (subject.namespace, subject.name) in vms
        # Of a VM that the API knows, the port of another launcher is no workload of its own.
        if not is_vm and (subject.namespace, subject.pod) not in pods:
            yield subject


def _of_ports(snapshot: Snapshot, node: str | None) -> Iterator[Subject]:
    """Subjects that ports tell of. Of several launchers of one VM those with a disabled port stand
    by in a live migration, and are not meant."""
    found: dict[Subject, bool] = {}  # whether all ports that told of it are enabled
    for place, port in placed_ports(snapshot, lambda nb: (*nb.pod_ports, *machines(nb)), node):
        # One workload has several ports; it is the same subject whichever told of it.
        subject = without_port(subject_of_port(port, place))
        found[subject] = found.get(subject, True) and port.enabled is not False
    running = {(s.namespace, s.name) for s, is_on in found.items() if s.kind == "vm" and is_on}
    for subject, is_on in found.items():
        if is_on or (subject.namespace, subject.name) not in running or subject.kind != "vm":
            yield subject


def without_port(subject: Subject) -> Subject:
    """The workload, whichever of its ports told of it."""
    if subject.kind == "port":
        return subject
    return Subject(subject.kind, subject.namespace, subject.name, subject.node, subject.pod)


def subjects_of_api(snapshot: Snapshot) -> Iterator[Subject]:
    """VMs and pods that the Kubernetes objects tell of."""
    kube = snapshot.kube
    names = {
        (namespace_of(item), name_of(item))
        for plural in ("virtualmachines", "virtualmachineinstances")
        for item in kube.items(plural)
    }
    names |= kube.launcher_domains()
    for namespace, name in sorted(names):
        yield subject_of_vm(snapshot, namespace, name)
    for pod in kube.items("pods"):
        yield subject_of_pod(pod)


class Subjects:
    """Subjects in their order, and by what they are asked for."""

    def __init__(self, subjects: list[Subject]) -> None:
        self.all = subjects

    def of_kind(self, kind: str) -> "Subjects":
        """Those of one kind."""
        return Subjects([one for one in self.all if one.kind == kind])

    @cached_property
    def by_name(self) -> dict[str, list[Subject]]:
        """By their own name and that of their pod."""
        found: dict[str, list[Subject]] = {}
        for one in self.all:
            for name in {one.name, one.pod} - {None}:
                found.setdefault(str(name), []).append(one)
        return found

    @cached_property
    def vms(self) -> dict[tuple[str | None, str], list[Subject]]:
        """VMs by namespace and name."""
        found: dict[tuple[str | None, str], list[Subject]] = {}
        for one in self.all:
            if one.kind == "vm":
                found.setdefault((one.namespace, one.name), []).append(one)
        return found

    @cached_property
    def by_pod(self) -> dict[tuple[str | None, str], list[Subject]]:
        """By namespace and name of their pod."""
        found: dict[tuple[str | None, str], list[Subject]] = {}
        for one in self.all:
            if one.pod:
                found.setdefault((one.namespace, one.pod), []).append(one)
        return found
