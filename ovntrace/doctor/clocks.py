"""Which clocks differ, as far as it can be proved.

A clock is read from afar: the answer was made at some moment between question and answer. So a
reading is an interval of offsets, and two clocks differ only if theirs are further apart than is
tolerated. Of several clocks those are right that most agree with (K. Marzullo's intersection).
"""

import math
from collections.abc import Sequence
from typing import Final

from ovntrace.doctor.types import Check, CheckState, Reading, Topic

TOLERANCE_S: Final = 2.0
HERE: Final = "this machine"
_SYNCHRONISE: Final = "is its time synchronised? chronyc tracking, or timedatectl"


def reading(
    node: str, name: str, *, told: float, precision_s: float, asked_at: float, seconds: float
) -> Reading:
    """A clock that told `told` (rounded down to `precision_s`) when it was asked by our clock at
    `asked_at`, which took `seconds`. All in seconds, times since the epoch."""
    return Reading(node, name, told - (asked_at + seconds), told + precision_s - asked_at)


def told_by_date(text: str) -> tuple[float, float] | None:
    """What `date +%s.%N` printed, and its precision. Busybox's knows no %N: whole seconds."""
    whole, _, fraction = text.strip().partition(".")
    if not whole.isascii() or not whole.isdecimal() or len(whole) > 12:
        return None
    if fraction.isascii() and fraction.isdecimal() and len(fraction) == 9:
        return int(whole) + int(fraction) / 1e9, 1e-9
    return float(whole), 1.0


def judged(
    readings: Sequence[Reading], *, ours: str = HERE, tolerance_s: float = TOLERANCE_S
) -> tuple[Check, ...]:
    """A check for each clock that differs from what most of them say, ours among them; else one
    that says they agree. Nothing without readings."""
    if not readings:
        return ()
    here = Reading("", ours, 0.0, 0.0)
    everyone = (here, *readings)
    agreed = _most(everyone, tolerance_s)
    others = [one for one in everyone if one not in agreed]
    checks = [_differs(one, agreed, tolerance_s) for one in others]
    if checks:
        return tuple(checks)
    names = f"{ours} and {_names(readings)}"
    detail = f"{names}: no two are proved to be more than {tolerance_s:g} s apart"
    return (Check(Topic.CLOCKS, "clocks", CheckState.OK, value="agree", detail=detail),)


def _most(readings: Sequence[Reading], tolerance_s: float) -> list[Reading]:
    """The largest set of clocks of which no two differ. Among equals the first, which has ours."""
    slack = tolerance_s / 2
    best: list[Reading] = []
    # The set is largest at the lower end of one of the intervals.
    for start in sorted({one.low - slack for one in readings}, key=abs):
        found = [one for one in readings if one.low - slack <= start <= one.high + slack]
        is_ours = bool(found) and found[0] is readings[0]
        has_ours = bool(best) and best[0] is readings[0]
        if len(found) > len(best) or (len(found) == len(best) and is_ours and not has_ours):
            best = found
    return best


def _differs(one: Reading, agreed: Sequence[Reading], tolerance_s: float) -> Check:
    ahead = [(one.low - other.high, other) for other in agreed]
    behind = [(other.low - one.high, other) for other in agreed]
    way, apart = max(
        (("ahead of", ahead), ("behind", behind)), key=lambda item: max(by for by, _ in item[1])
    )
    proved = [(by, other) for by, other in apart if by > tolerance_s]
    by, names = min(by for by, _ in proved), _names([other for _, other in proved])
    span = _span(by)
    detail = f"the clock of {one.name} is at least {span} {way} {names}"
    value = f"{span} {way.partition(' ')[0]}"
    return Check(
        Topic.CLOCKS,
        "clock" if one.node else f"clock of {one.name}",
        CheckState.DIFFERS,
        node=one.node,
        value=value,
        detail=detail,
        hint=_SYNCHRONISE,
        needed=False,
    )


def _names(readings: Sequence[Reading]) -> str:
    names = [one.name for one in readings]
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return ", ".join(names)


def _span(seconds: float) -> str:
    """Rounded down: what is said is proved."""
    for unit_s, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{math.floor(seconds / unit_s)} {unit}"
    return f"{math.floor(seconds * 10) / 10:g} s"
