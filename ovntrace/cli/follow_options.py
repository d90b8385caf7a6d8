"""The options of `--follow`, and what it can't go with."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from ovntrace.cli.options import WayIn

F = TypeVar("F", bound=Callable[..., Any])
_INTERVAL_S = 2


def follow_options(function: F) -> F:
    """`--follow` and how long and how often."""
    for option in (
        click.option(
            "--for",
            "for_s",
            type=click.FloatRange(0, min_open=True),
            metavar="SECONDS",
            help="With --follow: so long, else until Ctrl-C.",
        ),
        click.option(
            "--interval",
            type=click.IntRange(1, 3600),
            metavar="SECONDS",
            help="With --follow, where no server tells changes: how often to ask.  "
            f"[default: {_INTERVAL_S}]",
        ),
        click.option(
            "-f",
            "--follow",
            is_flag=True,
            help="Stay, and tell what changes: at once over OVSDB, else by asking again.",
        ),
    ):
        function = option(function)
    return function


def check_follow(
    values: Mapping[str, Any], way: WayIn, output: str, forms: tuple[str, ...]
) -> None:
    """click.UsageError for what --follow can't go with, and for its options without it."""
    if not values["follow"]:
        for option, name in (("--for", "for_s"), ("--interval", "interval")):
            if values[name] is not None:
                raise click.UsageError(f"{option} belongs to --follow, which is not given")
        return
    if values["for_s"] is not None and math.isnan(values["for_s"]):
        raise click.UsageError("--for has a number of seconds")  # which click takes NaN for
    if way.from_paths:
        raise click.UsageError("--follow waits for changes: a dump has none (no --from)")
    if way.ovsdb and values["interval"] is not None:
        raise click.UsageError("--interval is how often to ask: over OVSDB each change is told")
    if output not in forms:
        raise click.UsageError(f"--follow has -o {', '.join(forms[:-1])} or {forms[-1]}")


def interval_of(values: Mapping[str, Any]) -> float:
    """Seconds between two questions, where somebody has to ask."""
    return float(values["interval"] or _INTERVAL_S)
