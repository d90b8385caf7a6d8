"""What can be wrong with the ports of a VM's two launchers.

Sound is that of the two exactly one is enabled: the one in which the guest runs. OVN-Kubernetes
does so on localnet and layer2 networks since December 2024 (commit 8af42d7c4): the target's port is
disabled and without addresses until the guest has moved, then the source's. Before that both were
enabled all the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ovntrace.view.launchers import COMPLETED, FAILED, RUNNING, UNKNOWN, Move, Place, has_ended
from ovntrace.view.sides import Seen
from ovntrace.view.types import Evidence, Finding

_LOOK = "look at ovnkube-controller's log on both nodes for the two pods"
_AGAIN = "ask again in some seconds: the ports are switched right after the guest has moved"
_REMOVE = "delete the pod that has ended, or have ovnkube-controller on its node start anew"


@dataclass(frozen=True, slots=True)
class Pair:
    """The ports of one network: the launcher in which the guest runs, and another one (None if
    its pod's name is not known)."""

    active: Seen
    other: Seen | None


def out_of_turn(
    move: Move, pairs: Sequence[Pair], proof: Evidence, *, has_pods: bool
) -> list[Finding]:
    """What is wrong in a migration. `proof` is the row that tells of it; `has_pods` is false where
    the pods' list was not read."""
    gone = move.other.item is None and has_pods
    ended = move.other.item is not None and has_ended(move.other.item)
    found: list[Finding] = []
    for pair in pairs:
        if not pair.active.takes_turns:
            continue
        if (gone or ended) and move.state in (COMPLETED, FAILED):
            found += _left_over(move, pair, proof)
        found += _turns(move, pair, proof, is_over=gone or ended)
    return found


def left_over(place: Place, pairs: Sequence[Pair], proof: Evidence) -> list[Finding]:
    """The enabled ports, with the VM's MAC, of a launcher that has ended."""
    return [
        _still_enabled(pair.active, pair.other, place.phase, proof)
        for pair in pairs
        if pair.other is not None and pair.active.takes_turns and _is_double(pair)
    ]


def _is_double(pair: Pair) -> bool:
    """The other port is enabled and has the VM's MAC."""
    other = pair.other
    return other is not None and other.is_on and not other.macs.isdisjoint(pair.active.macs)


def _left_over(move: Move, pair: Pair, proof: Evidence) -> list[Finding]:
    other = pair.other
    if other is None or other.port is None or (other.port.type == "remote" and not other.is_on):
        return []
    if move.state == COMPLETED:
        double = _is_double(pair)
        return [_still_enabled(pair.active, other, move.other.phase, proof)] if double else []
    rows = (other.row(), proof)
    where = _where(other)
    if _is_double(pair):
        return [
            Finding(
                "OVT425",
                "error",
                "proven",
                f"the migration has failed, and the target's port on {other.network} is left over, "
                f"enabled with the VM's MAC: packets may go to it ({_end(move.other.phase)})",
                where,
                rows,
                (_REMOVE,),
            )
        ]
    return [
        Finding(
            "OVT425",
            "warning",
            "proven",
            f"the migration has failed, and the target's port on {other.network} is left over "
            f"({_end(move.other.phase)})",
            where,
            rows,
            (_REMOVE,),
        )
    ]


def _still_enabled(active: Seen, other: Seen, phase: str | None, proof: Evidence) -> Finding:
    macs = ", ".join(sorted(active.macs & other.macs))
    return Finding(
        "OVT424",
        "error",
        "proven",
        f"a launcher in which the VM no longer runs ({_end(phase)}) still has an enabled port on "
        f"{other.network} with the VM's MAC {macs}: packets may go there",
        _where(other),
        (other.row(), active.row(), proof),
        (_REMOVE,),
    )


def _turns(move: Move, pair: Pair, proof: Evidence, *, is_over: bool) -> list[Finding]:
    active, other = pair.active, pair.other
    if not active.known or active.port is None:
        return []  # a port that is not there is told at its own hop
    if active.is_on and other is not None and _is_double(pair):
        return [] if is_over else [_both(move, active, other, proof)]
    if active.is_off and other is not None and other.is_off:
        title = (
            f"neither launcher's port on {active.network} is enabled: OVN drops everything from "
            f"and to the VM"
        )
        rows = (active.row(), other.row(), proof)
        return [Finding("OVT422", "error", "proven", title, _where(active), rows, (_LOOK,))]
    if move.state == UNKNOWN or (active.is_on and active.port.addresses):
        return []
    return [_running_one_off(move, active, other, proof)]


def _both(move: Move, active: Seen, other: Seen, proof: Evidence) -> Finding:
    macs = ", ".join(sorted(active.macs & other.macs))
    both = f"both launchers' ports on {active.network} are enabled with the MAC {macs}"
    rows = (active.row(), other.row(), proof)
    where = _where(other)
    if move.state in (RUNNING, UNKNOWN):
        title = (
            f"{both} while the VM migrates (OVN-Kubernetes did so before December 2024): packets "
            "may go to the wrong one until the guest is heard from its new place"
        )
        return Finding("OVT421", "warning", "proven", title, where, rows)
    title = f"the migration has {move.state}, and {both}: packets may go to the wrong one"
    return Finding("OVT421", "error", "proven", title, where, rows, (_LOOK,))


def _running_one_off(move: Move, active: Seen, other: Seen | None, proof: Evidence) -> Finding:
    what = "is disabled" if active.is_off else "has no addresses"
    title = f"the VM runs in the {move.active}, whose port on {active.network} {what}"
    rows = [active.row(), proof]
    if other is not None and other.is_on:
        title += "; that of the other launcher is enabled"
        rows.insert(1, other.row())
    remedy = (_AGAIN, _LOOK) if move.state == RUNNING else (_LOOK,)
    return Finding("OVT423", "error", "proven", title, _where(active), tuple(rows), remedy)


def _where(port: Seen) -> dict[str, str]:
    return {"object": f"Logical_Switch_Port {port.lsp}"}


def _end(phase: str | None) -> str:
    return f"its pod is {phase}" if phase else "its pod is gone"
