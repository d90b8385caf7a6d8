"""`ovntrace explain`."""

from typing import TYPE_CHECKING, Any

import click

from ovntrace.cli.app import Command
from ovntrace.cli.complete import workload_names
from ovntrace.cli.emit import emit
from ovntrace.cli.follow_options import check_follow, follow_options, interval_of
from ovntrace.cli.options import (
    WayIn,
    namespace_option,
    output_option,
    protocol_of,
    protocol_options,
    screen_of,
    screen_options,
    way_in_options,
)
from renderers.formats import EXPLAIN_FORMATS

if TYPE_CHECKING:
    from ovntrace.view.subject import Query
    from ovntrace.view.types import ExplainView


_FOLLOW_FORMATS = ("tree", "table", "json")


def _follow(
    way: WayIn,
    query: "Query",
    network: str | None,
    interface: str | None,
    output: str,
    why: bool,
    shared: dict[str, Any],
) -> int:
    """Explain again whenever something changes; the last view's exit code."""
    from ovntrace.cli.follow_explain import workload_question
    from ovntrace.cli.follow_run import Showing, follow
    from ovntrace.cli.way_in import opened
    from ovntrace.view.outcome import exit_code
    from renderers.document import explain_document
    from renderers.formats import render_explain

    look = screen_of(shared)

    def text(view: "ExplainView", width: int) -> str:
        return render_explain(view, output, width=width, color=look.color, why=why)

    with opened(way) as collector:
        question = workload_question(collector, query, network, interface, way.timeout_s)
        showing = Showing(query.name, text, explain_document, output, look)
        every, for_s = interval_of(shared), shared["for_s"]
        return exit_code(follow(collector, question, showing, interval_s=every, for_s=for_s))


@click.command(cls=Command)
@click.argument("name", shell_complete=workload_names)
@namespace_option
@click.option("--network", metavar="NET", help="Only this network, or NAD (NAME or NS/NAME).")
@click.option("--interface", metavar="IFACE", help="Only this interface, as net1.")
@click.option("--node", metavar="NODE", help="Only workloads on this node.")
@click.option("--to", metavar="DST", help="Also judge a flow from here to DST, as trace does.")
@protocol_options
@output_option(EXPLAIN_FORMATS)
@click.option("--why", is_flag=True, help="Show rows, commands to paste, and lines to watch with.")
@follow_options
@way_in_options
@screen_options
def explain(
    name: str,
    namespace: str | None,
    network: str | None,
    interface: str | None,
    node: str | None,
    to: str | None,
    output: str,
    why: bool,
    **shared: Any,
) -> int:
    """Say hop by hop how a pod or VM is plugged in.

    NAME is a pod, a VM, pod/NAME, vm/NAME, NS/NAME, an IP or MAC address, a logical port, or the
    beginning of one that is like no other.

    With --follow the view stays on the terminal and is kept up to date; where stdout is none, each
    change is a line.

    Exits with 1 if a hop is broken or the flow of --to is stopped, else with 3 if something that
    the answer needs could not be read, else with 0.
    """
    way = WayIn.of(shared)
    protocol = protocol_of(shared)
    if protocol is not None and to is None:
        raise click.UsageError(f"--{protocol[0]} is of a flow: say with --to where it goes")
    check_follow(shared, way, output, _FOLLOW_FORMATS)
    if shared["follow"] and to is not None:
        raise click.UsageError("--follow has no --to: `trace --follow` tells when a verdict flips")
    import time

    from ovntrace.cli.collect import for_workload
    from ovntrace.cli.progress import Progress
    from ovntrace.cli.way_in import opened
    from ovntrace.view.explain import explain as explain_workload
    from ovntrace.view.outcome import exit_code
    from ovntrace.view.subject import Query
    from renderers.formats import render_explain

    query = Query(name=name, namespace=namespace, node=node)
    if shared["follow"]:
        return _follow(way, query, network, interface, output, why, shared)
    now = time.time()
    answer = None
    with opened(way) as collector, Progress() as progress:
        snapshot, subject = for_workload(collector, query, way.timeout_s, progress)
        view = explain_workload(snapshot, subject, network=network, interface=interface, now=now)
        if to is not None:
            from ovntrace.cli.flow_to import trace_to

            nad = view.attachments[0].nad if interface and len(view.attachments) == 1 else network
            ends = (query, Query(to, namespace))
            asked = (*(protocol or ("icmp", None)), nad)
            answer = trace_to(collector, snapshot, ends, asked, way.timeout_s, progress)
    look = screen_of(shared)
    emit(render_explain(view, output, width=look.width, color=look.color, why=why, to=answer))
    if answer is None:
        return exit_code(view)
    from ovntrace.verdict.outcome import explain_exit_code

    return explain_exit_code(view, answer)
