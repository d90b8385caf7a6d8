"""`ovntrace diff`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ovntrace.cli.app import Command
from ovntrace.cli.complete import workload_names
from ovntrace.cli.emit import emit
from ovntrace.cli.options import (
    WayIn,
    live_option_of,
    live_options,
    namespace_option,
    output_option,
    screen_of,
    screen_options,
    without_live_options,
)
from renderers.formats import DIFF_FORMATS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ovntrace.cli.progress import Progress
    from ovntrace.diff.types import WorkloadKey
    from ovntrace.model.snapshot import Snapshot

_LIVE = "live"
_MAX_FLOWS = 1000


def _ways(old: str, new: str, given: dict[str, Any]) -> tuple[WayIn, WayIn]:
    """The two ways in; click.UsageError for options that mean nothing there."""
    if old == new == _LIVE:
        raise click.UsageError("A and B are both live: there is one time only, now")
    if _LIVE not in (old, new):
        option = live_option_of(given)
        if option is not None:
            raise click.UsageError(f"{option} is of the live side, and neither A nor B is `live`")

    def way(word: str) -> WayIn:
        if word == _LIVE:
            return WayIn.of({**given, "from_paths": ()})
        return WayIn.of({**without_live_options(given), "from_paths": (Path(word),)})

    return way(old), way(new)


def _read(
    ways: tuple[WayIn, WayIn], workload: str | None, namespace: str | None, progress: "Progress"
) -> "tuple[Snapshot, Snapshot, WorkloadKey | None]":
    from ovntrace.cli.collect_diff import SideReader, read_whole, read_workload
    from ovntrace.cli.way_in import opened
    from ovntrace.diff.sides import key_of
    from ovntrace.view.subject import Query

    with opened(ways[0]) as first, opened(ways[1]) as second:
        timeout_s = ways[0].timeout_s
        old, new = (SideReader(one, timeout_s, progress) for one in (first, second))
        if workload is None:
            return (*read_whole(old, new), None)
        before, after, subject = read_workload(old, new, Query(workload, namespace))
        return before, after, key_of(subject)


def _names(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Workloads of B."""
    # Before a value that is still typed click leaves the arguments where they are.
    place = context.params.get("b") or next(iter(context.args[1:]), None)
    if place is None or place == _LIVE:
        context.params["from_paths"] = ()
    else:
        context.params = {**without_live_options(context.params), "from_paths": (Path(place),)}
    return workload_names(context, parameter, incomplete)


@click.command(cls=Command)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--workload",
    metavar="NAME",
    shell_complete=_names,
    help="Only this workload, named as explain takes it.",
)
@namespace_option
@click.option(
    "--flows",
    type=click.File("r", lazy=True),
    metavar="FILE",
    help="Judge these flows too, as trace --flows takes them; - is stdin.",
)
@click.option(
    "--max-flows",
    type=click.IntRange(0, 1_000_000),
    default=_MAX_FLOWS,
    show_default=True,
    metavar="N",
    help="Judge at most so many flows between workloads.",
)
@click.option("--noise", is_flag=True, help="Also tell counters, nb_cfg, uuids and the like.")
@output_option(DIFF_FORMATS)
@click.option("--why", is_flag=True, help="Show the ACLs' uuids and where they hang.")
@live_options
@screen_options
def diff(
    a: str,
    b: str,
    workload: str | None,
    namespace: str | None,
    flows: Any,
    max_flows: int,
    noise: bool,
    output: str,
    why: bool,
    **given: Any,
) -> int:
    """Say what changed from A to B: workloads, hops, policies, verdicts.

    A and B are dumps, or `live` for the cluster as it is now: by its API, or as --local, --ssh and
    --ovsdb say. Rows are not compared but what they
    mean: a VM with a new launcher pod has moved, an ACL is its policy's and not its uuid.

    Exits with 1 if something differs, else with 3 if one side lacks what could differ, else with 0.
    """
    ways = _ways(a, b, given)
    if namespace is not None and workload is None:
        raise click.UsageError("--namespace is of --workload")
    import time

    from ovntrace.cli.progress import Progress
    from ovntrace.diff.compare import diff as compare
    from ovntrace.diff.outcome import diff_exit_code
    from ovntrace.verdict.flows import read_flows
    from renderers.formats import render_diff

    asked = list(read_flows(flows)) if flows is not None else []
    with Progress() as progress:
        old, new, key = _read(ways, workload, namespace, progress)
        progress("comparing")
        view = compare(
            old, new, key, flows=asked, noise=noise, max_flows=max_flows, now=time.time()
        )
    look = screen_of(given)
    emit(render_diff(view, output, width=look.width, color=look.color, why=why))
    return diff_exit_code(view)
