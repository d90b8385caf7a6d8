"""Times as people give them: ISO 8601, or back from the end of a log."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_BACK = re.compile(r"-(?:[0-9]{1,9}(?:ms|[smhd]))+")
_PART = re.compile(r"([0-9]+)(ms|[smhd])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> Callable[[int], int] | None:
    """A function from the log's end to the time, both in milliseconds since the epoch.

    `2026-11-25T14:03:22`, with a zone or in UTC; `-5m`, `-1h30m` before the end. As click calls an
    option's callback; click.BadParameter for what is no time.
    """
    if text is None:
        return None
    if _BACK.fullmatch(text):
        back = sum(int(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text))
        return lambda end_ms: end_ms - back
    try:
        given = datetime.fromisoformat(text)
        given = given.replace(tzinfo=UTC) if given.tzinfo is None else given
        at_ms = (given - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{text!r} is no time: give it as 2026-11-25T14:03:22, with a zone or in UTC, or as "
            "-5m before the log's end",
            context,
            parameter,
        ) from None
    return lambda _end_ms: at_ms
