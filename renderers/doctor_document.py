"""The answer of `doctor` as plain JSON values."""

import math

from ovntrace.doctor.types import Check, DoctorView, Reading, Version, WayChecked
from renderers.document import SCHEMA, Json


def doctor_document(view: DoctorView) -> Json:
    """Everything that was found, of the ways that are not at hand too."""
    return {
        "schema": SCHEMA,
        "kind": "doctor",
        "taken_at": view.taken_at,
        "outcome": {"exit_code": int(view.exit_code)},
        "ways": [_way(way) for way in view.ways],
    }


def _way(way: WayChecked) -> Json:
    return {
        "kind": way.kind,
        "place": way.place,
        "at_hand": way.at_hand,
        "checks": [_check(check) for check in way.checks],
        "versions": [_version(one) for one in way.versions],
        "clocks": [_clock(one) for one in way.clocks],
    }


def _check(check: Check) -> Json:
    return {
        "node": check.node,
        "topic": str(check.topic),
        "what": check.what,
        "state": str(check.state),
        "value": check.value,
        "detail": check.detail,
        "hint": check.hint,
        "needed": check.needed,
    }


def _version(one: Version) -> Json:
    return {"node": one.node, "what": one.what, "version": one.version}


def _clock(one: Reading) -> Json:
    return {
        "node": one.node,
        "name": one.name,
        "ahead_at_least_s": _seconds(one.low),
        "ahead_at_most_s": _seconds(one.high),
    }


def _seconds(value: float) -> float | None:
    """To the millisecond; None where nothing bounds it."""
    return round(value, 3) if math.isfinite(value) else None
