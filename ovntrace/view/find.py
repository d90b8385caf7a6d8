"""From a name as a person types it to the one workload that is meant.

A name is a pod, a VM or VMI, `pod/NAME`, `vm/NAME`, `NS/NAME`, an IP or MAC address, a logical
port's name, or in another CMS than OVN-Kubernetes a port's name there or the id of its instance; a
prefix will do if it is unique.
"""

import ipaddress
import re
from collections.abc import Iterable

from ovntrace.cms.ports import ports_called
from ovntrace.errors import WrongQuestionError
from ovntrace.model.kube import name_of
from ovntrace.model.northbound import Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.addresses import Addresses, normal
from ovntrace.view.portplace import placed_ports
from ovntrace.view.subject import Query, Subject, subject_of_port
from ovntrace.view.subjects import Subjects, all_subjects, subjects_of_api, without_port

_MAC = re.compile(r"([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}", re.IGNORECASE)
_MOST_NAMED = 3
_PRINTED = re.compile(r"port/.* \(([^()]+)\)", re.DOTALL)
_KINDS = {"pod": "pod", "pods": "pod", "po": "pod", "vm": "vm", "vms": "vm", "vmi": "vm"}
_KINDS |= {"virtualmachine": "vm", "virtualmachineinstance": "vm", "port": "port", "lsp": "port"}


def find_workload(snapshot: Snapshot, query: Query) -> Subject:
    """The workload that is meant.

    Raises WrongQuestionError with at most four candidates if there is none, or more than one.
    """
    return Finder(snapshot).find(query)


class Finder:
    """Finds workloads of one snapshot. What is asked again is looked up, not searched."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._addresses = Addresses(snapshot)
        self._of_node: dict[str | None, Subjects] = {}

    def find(self, query: Query) -> Subject:
        """As find_workload."""
        snapshot = self._snapshot
        subjects = self._of_node.get(query.node)
        if subjects is None:
            subjects = Subjects(list(all_subjects(snapshot, query.node)))
            self._of_node[query.node] = subjects
        # In other CMSs names are free: with slashes too.
        found = _by_free_name(snapshot, subjects, query.name) if query.namespace is None else []
        kind, namespace, name = (None, None, query.name) if found else _parts(query)
        if not found:
            matching = _matches(snapshot, subjects, self._addresses, name, kind)
            found = [s for s in matching if _fits(s, kind, namespace)]
        unique = list(dict.fromkeys(found))
        if len(unique) == 1:
            return unique[0]
        if not unique:
            raise WrongQuestionError(
                f"no workload {query.name!r}{_where(query, namespace)}",
                hint=_hint(snapshot),
                candidates=_near(subjects.all, name, kind, namespace),
            )
        raise WrongQuestionError(
            f"{query.name!r} may be one of {len(unique)} workloads",
            hint="name it whole, or give its namespace with -n",
            candidates=[str(subject) for subject in unique],
        )


def is_found_by_api(snapshot: Snapshot, query: Query) -> bool:
    """True if the Kubernetes objects alone tell which workload is meant, or that several have this
    name: then no other node's database has to be read. Where several only begin so, a port that is
    left over may be called just that."""
    kind, namespace, name = _parts(query)
    subjects = Subjects(list(subjects_of_api(snapshot)))
    matching = _matches(snapshot, subjects, Addresses(snapshot), name, kind)
    found = {s for s in matching if _fits(s, kind, namespace)}
    is_whole = is_address(name) or any(name in (s.name, s.pod) for s in found)
    return bool(found) if is_whole else len(found) == 1


def _parts(query: Query) -> tuple[str | None, str | None, str]:
    """kind, namespace and name of `[KIND/][NS/]NAME` (also `NS/KIND/NAME`)."""
    parts = [part for part in query.name.split("/") if part]
    kind = None
    for at, part in enumerate(parts[:-1]):
        if part in _KINDS:
            kind = _KINDS[parts.pop(at)]
            break
    namespace = query.namespace
    if len(parts) == 2:
        namespace = parts[0]
    elif len(parts) != 1:
        raise WrongQuestionError(
            f"{query.name!r} is no name of a workload",
            hint="NAME, NS/NAME, pod/NAME, vm/NAME, an IP, a MAC, or a logical port's name",
        )
    return kind, namespace, parts[-1]


def _fits(subject: Subject, kind: str | None, namespace: str | None) -> bool:
    return (kind is None or subject.kind == kind) and (
        namespace is None or subject.namespace == namespace
    )


def _matches(
    snapshot: Snapshot,
    subjects: Subjects,
    addresses: Addresses,
    name: str,
    kind: str | None,
) -> Iterable[Subject]:
    """By address, by whole name, by a logical port's name, by prefix: the first that has any."""
    if kind == "pod":  # a launcher pod is meant itself, not the VM that runs in it
        subjects = subjects.of_kind("pod")
    if is_address(name):
        return _by_address(snapshot, subjects, addresses, name)
    exact = subjects.by_name.get(name, [])
    if exact:
        # A launcher pod's own name means the VM that runs in it.
        vms = [s for s in exact if s.kind == "vm"]
        return vms if vms and all(s.kind == "vm" or s.pod == vms[0].pod for s in exact) else exact
    by_port = _by_port_name(snapshot, subjects, name) or _by_word(snapshot, subjects, name)
    if by_port:
        return by_port
    prefixed = [s for s in subjects.all if s.name.startswith(name)]
    launchers = {(s.namespace, s.pod) for s in prefixed if s.kind == "vm"}
    return [s for s in prefixed if s.kind == "vm" or (s.namespace, s.pod) not in launchers]


def is_address(name: str) -> bool:
    """True if a name is an IP or MAC address."""
    if _MAC.fullmatch(name):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _by_address(
    snapshot: Snapshot, subjects: Subjects, addresses: Addresses, address: str
) -> list[Subject]:
    wanted = normal(address)
    owners, vms = addresses.pods(wanted), addresses.vms(wanted)
    if not owners and not vms:
        return _by_port_address(snapshot, subjects, wanted)
    found = [s for vm in sorted(vms) for s in subjects.vms.get(vm, ())]
    of_owners = [s for place in sorted(owners) for s in subjects.by_pod.get(place, ())]
    known = {(s.namespace, s.pod) for s in of_owners if s.kind == "vm"}
    # Both launchers of a VM that migrates have its MAC; what is meant is the VM.
    known |= {
        (namespace, name_of(pod))
        for namespace, name in vms
        for pod in snapshot.kube.launchers_of(namespace, name)
    }
    found += of_owners
    found = [s for s in found if s.kind == "vm" or (s.namespace, s.pod) not in known]
    return found or _by_port_address(snapshot, subjects, wanted)


def _by_port_address(snapshot: Snapshot, subjects: Subjects, address: str) -> list[Subject]:
    return [
        _known(subjects, subject_of_port(port, node))
        for node, port in placed_ports(snapshot, lambda nb: nb.ports_by_address(address))
        if port.type in ("", "virtual", "external", "localport")
    ]


def _by_port_name(snapshot: Snapshot, subjects: Subjects, name: str) -> list[Subject]:
    ports = placed_ports(snapshot, lambda nb: [nb.port(name)])
    return [_known(subjects, subject_of_port(port, node)) for node, port in ports]


def _by_free_name(snapshot: Snapshot, subjects: Subjects, name: str) -> list[Subject]:
    """By a whole name of another CMS, or by what a subject is printed as: `port/NAME (PORT)`."""
    found = _by_word(snapshot, subjects, name)
    printed = _PRINTED.fullmatch(name)
    if found or printed is None:
        return found
    same = _by_port_name(snapshot, subjects, printed[1])
    return [subject for subject in same if str(subject) == name]


def _by_word(snapshot: Snapshot, subjects: Subjects, word: str) -> list[Subject]:
    """Of other CMSs: by what a person calls a port there."""
    ports = placed_ports(snapshot, lambda nb: ports_called(nb, word))
    return list(dict.fromkeys(_known(subjects, subject_of_port(port, at)) for at, port in ports))


def _known(subjects: Subjects, subject: Subject) -> Subject:
    """The workload that the pod of a port belongs to, if it is known; else the port's own word."""
    same = subjects.by_pod.get((subject.namespace, subject.pod), []) if subject.pod else []
    vms = [s for s in same if s.kind == "vm"]
    return (vms or same or [without_port(subject)])[0]


def _near(subjects: list[Subject], name: str, kind: str | None, namespace: str | None) -> list[str]:
    import difflib  # only for a name that is wrong

    fitting = [s for s in subjects if _fits(s, kind, None)]
    same = [s for s in fitting if name in (s.name, s.pod) or name in s.name]
    close = difflib.get_close_matches(name, sorted({s.name for s in fitting}), n=4, cutoff=0.6)
    near = same + [s for s in fitting if s.name in close]
    near.sort(key=lambda s: s.namespace != namespace)
    return list(dict.fromkeys(str(subject) for subject in near))


def _where(query: Query, namespace: str | None) -> str:
    words = [f" in namespace {namespace}"] if namespace else []
    words += [f" on node {query.node}"] if query.node else []
    return "".join(words)


def _hint(snapshot: Snapshot) -> str:
    if not snapshot.kube.has("pods") and not snapshot.nb:
        return "neither the API's pods nor a northbound database could be read"
    if snapshot.kube.has("pods") or not any(map(_has_others, snapshot.nb.values())):
        return "`ovntrace ls` lists them"
    nodes = sorted(snapshot.nb)
    names = ", ".join(nodes[:_MOST_NAMED]) + (", …" if len(nodes) > _MOST_NAMED else "")
    databases = "database" if len(nodes) == 1 else "databases"
    return (
        f"only the {databases} of {names} could be asked, and each node has its own "
        "(interconnect); `ovntrace ls` lists what is in there"
    )


def _has_others(nb: Northbound) -> bool:
    """True if there are other zones (interconnect): transit switches have remote ports to them."""
    return any(nb.db.table("Logical_Switch_Port").rows_with("type", "remote"))
