"""The live migration of a workload: its two sides, which of them is active, and what is wrong."""

from ovntrace.model.capture import Missing
from ovntrace.model.kube import Object, annotation, labels_of, name_of
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.context import Context
from ovntrace.view.launchers import (
    COMPLETED,
    RUNNING,
    SOURCE,
    TARGET,
    UNKNOWN,
    Move,
    Place,
    has_ended,
    launcher_of,
    launchers_elsewhere,
    move_of,
)
from ovntrace.view.migration_findings import Pair, left_over, out_of_turn
from ovntrace.view.sides import networks_of, ports_of
from ovntrace.view.subject import Subject
from ovntrace.view.types import Evidence, Finding, Migration, MigrationSide

_MAX_ELSEWHERE = 4  # nodes; more launchers than that linger only where nobody cleans up
_ZONE = ("nb", "sb")


def migration_of(
    ctx: Context, subject: Subject, nads: frozenset[str]
) -> tuple[Migration | None, tuple[Finding, ...]]:
    """The migration that the workload's launcher takes part in, on these NADs, and what is wrong
    with it and with launchers that linger. None for a workload that does not migrate: also where
    the last migration has ended and left nothing behind."""
    vm = vm_of(ctx.snapshot, subject)
    if vm is None:
        return None, ()
    move = move_of(ctx.snapshot, *vm)
    if move is not None and subject.kind == "pod" and not _takes_part(move, subject):
        move = None
    proof = _proof(ctx, vm, move)
    migration, findings = None, []
    if move is not None:
        pairs = [pair for pair in _pairs(ctx, vm[0], move) if pair.active.nad in nads]
        migration = _shown(move, pairs, proof)
        findings += out_of_turn(move, pairs, proof, has_pods=ctx.snapshot.kube.has("pods"))
    if subject.kind == "vm":
        findings += _lingering(ctx, vm, move, nads)
    return migration, tuple(findings)


def vm_of(snapshot: Snapshot, subject: Subject) -> tuple[str, str] | None:
    """(namespace, name) of the VM that the workload is, or that its pod is a launcher of."""
    if not subject.namespace or not subject.pod:
        return None
    if subject.kind == "vm":
        return subject.namespace, subject.name
    pod = snapshot.kube.get("pods", subject.namespace, subject.pod)
    name = _domain(pod) if pod is not None else None
    return (subject.namespace, name) if name else None


def is_standby(snapshot: Snapshot, subject: Subject) -> bool:
    """True for a launcher in which the guest does not run now: its port may be disabled."""
    vm = vm_of(snapshot, subject) if subject.kind == "pod" else None
    move = move_of(snapshot, *vm) if vm else None
    return move is not None and move.other.pod == subject.pod


def nodes_elsewhere(snapshot: Snapshot, subject: Subject) -> tuple[str, ...]:
    """Other nodes in whose databases a part of the answer is: those of the migration's other side,
    and of launchers that linger."""
    vm = vm_of(snapshot, subject)
    if vm is None or subject.node is None:
        return ()
    move = move_of(snapshot, *vm)
    places = launchers_elsewhere(snapshot, *vm)
    if subject.kind == "pod":
        places = (move.source, move.target) if move and _takes_part(move, subject) else ()
    if move is not None and move.state == COMPLETED:
        # What a completed migration leaves behind goes with its pod.
        places = tuple(place for place in places if place.item is not None)
    nodes = dict.fromkeys(place.node for place in places if place.node)
    return tuple(node for node in nodes if node != subject.node)[:_MAX_ELSEWHERE]


def missing_elsewhere(snapshot: Snapshot, subject: Subject) -> list[Missing]:
    """What could not be read there."""
    nodes = nodes_elsewhere(snapshot, subject)
    return [
        missing
        for missing in snapshot.missing
        if missing.target.node in nodes and missing.artefact in _ZONE and not missing.target.pod
    ]


def _domain(pod: Object) -> str | None:
    is_launcher = labels_of(pod).get("kubevirt.io") == "virt-launcher"
    return annotation(pod, "kubevirt.io/domain") if is_launcher else None


def _takes_part(move: Move, subject: Subject) -> bool:
    return subject.pod in (move.source.pod, move.target.pod)


def _proof(ctx: Context, vm: tuple[str, str], move: Move | None) -> Evidence:
    if move is not None and move.state == UNKNOWN:
        pod = move.target.pod or ""
        return ctx.object("pods", vm[0], pod, "metadata.labels, metadata.annotations")
    return ctx.object("virtualmachineinstances", *vm, "status.migrationState, status.nodeName")


def _pairs(ctx: Context, namespace: str, move: Move) -> list[Pair]:
    networks = networks_of(ctx, namespace, (move.place, move.other))
    here = ports_of(ctx, namespace, move.place, networks)
    there = ports_of(ctx, namespace, move.other, networks)
    if not there:
        return [Pair(one, None) for one in here]
    return [Pair(one, other) for one, other in zip(here, there, strict=True)] if here else []


def _shown(move: Move, pairs: list[Pair], proof: Evidence) -> Migration | None:
    remains = move.other.item is not None or any(
        pair.other is not None and pair.other.port is not None for pair in pairs
    )
    if move.state not in (RUNNING, UNKNOWN) and not remains:
        return None
    return Migration(
        way="ports",
        state=move.state,
        active=move.active,
        why=move.why,
        sides=(_side(move, SOURCE, pairs), _side(move, TARGET, pairs)),
        evidence=(proof,),
    )


def _side(move: Move, role: str, pairs: list[Pair]) -> MigrationSide:
    place = move.source if role == SOURCE else move.target
    seen = [pair.active if role == move.active else pair.other for pair in pairs]
    ports = tuple(one.record() for one in seen if one is not None)
    return MigrationSide(role, role == move.active, place.pod, place.node, place.phase, ports)


def _lingering(
    ctx: Context, vm: tuple[str, str], move: Move | None, nads: frozenset[str]
) -> list[Finding]:
    """Launchers that have come to their end, are of no migration that is told of, and still have
    an enabled port with the VM's MAC."""
    known = {move.source.pod, move.target.pod} if move else set()
    active = launcher_of(ctx.snapshot, *vm)
    ended = [
        place
        for place in launchers_elsewhere(ctx.snapshot, *vm)
        if place.item is not None and has_ended(place.item) and place.pod not in known
    ]
    if active is None or has_ended(active) or not ended:
        return []
    place = Place(name_of(active), ctx.node, active)
    networks = [one for one in networks_of(ctx, vm[0], (place,)) if one.nad in nads]
    own = ports_of(ctx, vm[0], place, networks)
    found = []
    for other in ended:
        theirs = ports_of(ctx, vm[0], other, networks)
        pairs = [Pair(one, two) for one, two in zip(own, theirs, strict=True)]
        found += left_over(other, pairs, ctx.object("pods", vm[0], other.pod or "", "status.phase"))
    return found
