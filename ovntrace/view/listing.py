"""The answer of `ovntrace ls`: workloads with their attachments, networks and nodes."""

from ovntrace.model.capture import Gap, unique_gaps
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.attach import network_of_wish
from ovntrace.view.attachments import Wish, wishes_of
from ovntrace.view.source import source_of
from ovntrace.view.subject import Subject
from ovntrace.view.subjects import all_workloads
from ovntrace.view.types import ListView, WorkloadRow


def list_workloads(
    snapshot: Snapshot, namespace: str | None = None, *, node: str | None = None, now: float
) -> ListView:
    """A row for each attachment of each workload, by namespace, name and interface."""
    rows = []
    for subject in all_workloads(snapshot):
        if namespace is not None and subject.namespace != namespace:
            continue
        if node is not None and subject.node != node:
            continue
        nb = snapshot.nb.get(subject.node or "")
        rows += [_row(snapshot, subject, wish) for wish in wishes_of(snapshot, subject, nb)]
    return ListView(
        source=source_of(snapshot, None, now),
        workloads=tuple(rows),
        gaps=unique_gaps([Gap.of(missing) for missing in snapshot.missing]),
    )


def _row(snapshot: Snapshot, subject: Subject, wish: Wish) -> WorkloadRow:
    nb = snapshot.nb.get(subject.node or "")
    port = nb.port(wish.lsp_name) if nb else None
    switch = nb.switch_of(port.uuid) if nb and port else None
    network, topology = network_of_wish(wish, port, switch, None)
    is_first = wish.nad == "default" and wish.other is None
    interface = wish.interface or ("eth0" if is_first else "?")
    return WorkloadRow(
        kind=subject.kind,
        namespace=subject.namespace,
        name=subject.name,
        pod=subject.pod,
        node=subject.node,
        interface=interface,
        nad=wish.nad,
        network=network,
        topology=topology,
        addresses=wish.addresses,
        mac=wish.mac,
        lsp=port.name if port else None,
    )
