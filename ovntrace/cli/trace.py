"""`ovntrace trace`."""

from typing import TYPE_CHECKING, Any

import click

from ovntrace.cli.app import Command
from ovntrace.cli.complete import workload_names
from ovntrace.cli.emit import emit
from ovntrace.cli.follow_options import check_follow, follow_options, interval_of
from ovntrace.cli.options import (
    PORT,
    WayIn,
    namespace_option,
    output_option,
    protocol_of,
    protocol_options,
    screen_of,
    screen_options,
    way_in_options,
)
from renderers.formats import TRACE_FORMATS

if TYPE_CHECKING:
    from ovntrace.verdict.types import Flow
    from ovntrace.view.subject import Query


def _many(way: WayIn, lines: Any) -> int:
    """Answer each line of a file in its place."""
    import time

    from ovntrace.cli.collect import for_flows
    from ovntrace.cli.progress import Progress
    from ovntrace.cli.way_in import opened
    from ovntrace.verdict.flows import FlowJudge, flows_exit_code, read_flows
    from renderers.trace_document import flow_line

    with opened(way) as collector, Progress() as progress:
        snapshot = for_flows(collector, way.timeout_s, progress)
    judge = FlowJudge(snapshot, now=time.time())
    answers = []
    for asked in read_flows(lines):
        answers.append(judge.answer(asked))
        emit(flow_line(answers[-1]))
    return flows_exit_code(answers)


_FOLLOW_FORMATS = ("tree", "json")


def _follow(
    way: WayIn,
    flow: "Flow",
    ends: "tuple[Query, Query]",
    both: bool,
    output: str,
    why: bool,
    given: dict[str, Any],
) -> int:
    """Judge again whenever something changes; the last verdict's exit code."""
    from ovntrace.cli.follow_run import Showing, follow
    from ovntrace.cli.follow_trace import Traced, flow_question
    from ovntrace.cli.way_in import opened
    from ovntrace.verdict.outcome import trace_exit_code
    from renderers.formats import render_trace
    from renderers.trace_document import trace_document

    look = screen_of(given)

    def text(traced: Traced, width: int) -> str:
        return render_trace(traced.views, output, width=width, color=look.color, why=why)

    def document(traced: Traced) -> Any:
        return trace_document(traced.views)

    with opened(way) as collector:
        question = flow_question(collector, flow, ends, both=both, timeout_s=way.timeout_s)
        showing = Showing(f"{flow.src} -> {flow.dst}", text, document, output, look)
        every, for_s = interval_of(given), given["for_s"]
        last = follow(collector, question, showing, interval_s=every, for_s=for_s)
    return trace_exit_code(*last.views)


@click.command(cls=Command)
@click.argument("src", required=False, shell_complete=workload_names)
@click.argument("dst", required=False, shell_complete=workload_names)
@click.option(
    "--flows",
    type=click.File("r", lazy=True),
    metavar="FILE",
    help="Many flows instead of one: a JSON object or a row of CSV a line; - is stdin.",
)
@namespace_option
@protocol_options
@click.option("--sport", type=PORT, metavar="PORT", help="The source port; else a high one.")
@click.option("--network", metavar="NET", help="Over this network, or NAD (NAME or NS/NAME).")
@click.option("--family", type=click.Choice(["4", "6"]), help="IPv4 or IPv6.")
@click.option("--both", is_flag=True, help="Also from DST to SRC.")
@click.option(
    "--ct",
    default="new",
    show_default=True,
    metavar="STATE",
    help="What conntrack says of the packet: new, est, est,rpl, rel, inv.",
)
@click.option("--src-ip", metavar="IP", help="The source has this address.")
@click.option("--dst-ip", metavar="IP", help="The destination has this address.")
@click.option("--src-mac", metavar="MAC", help="The source has this MAC.")
@click.option("--dst-mac", metavar="MAC", help="The destination has this MAC.")
@output_option(TRACE_FORMATS)
@click.option(
    "--confirm",
    is_flag=True,
    help="Also ask ovn-trace and ofproto/trace on each node, and compare.",
)
@click.option("--why", is_flag=True, help="Show the ACLs' uuids and where they hang.")
@follow_options
@way_in_options
@screen_options
def trace(
    src: str | None,
    dst: str | None,
    flows: Any,
    namespace: str | None,
    both: bool,
    confirm: bool,
    output: str,
    why: bool,
    **given: Any,
) -> int:
    """Say whether a flow passes, and which ACL of which policy decides it.

    SRC and DST are workloads as explain takes them, or addresses, one of which may be outside of
    the cluster. The verdict is of the packet from SRC to DST; the reply has its own.

    With --flows each line has {src, dst, proto, dport, sport, network, ct, expect}, or in OVN's
    own terms {switch, inport, packet, ct}; JSON lines come out in the same order.

    With --follow it stays, and says when the verdict flips and which row did it.

    Exits with 1 if the packet or its reply is dropped or rejected (of --flows: if an `expect` is
    not met), else with 3 if it can't be told, else with 0.
    """
    way = WayIn.of(given)
    check_follow(given, way, output, _FOLLOW_FORMATS)
    if given["follow"] and (confirm or flows is not None):
        other = "--confirm" if confirm else "--flows"
        raise click.UsageError(f"--follow is for one flow, by the databases alone: no {other}")
    if confirm and way.from_paths:
        raise click.UsageError("--confirm asks the node's own tools: a dump has none (no --from)")
    if flows is not None:
        if confirm:
            raise click.UsageError("--confirm is for one flow: give SRC and DST, not --flows")
        if src is not None:
            raise click.UsageError("--flows has the flows: give no SRC and DST beside it")
        return _many(way, flows)
    if src is None or dst is None:
        raise click.UsageError("SRC and DST are missing (or --flows)")
    import time
    from dataclasses import replace

    from ovntrace.cli.collect import for_flow
    from ovntrace.cli.progress import Progress
    from ovntrace.cli.way_in import opened
    from ovntrace.verdict.outcome import trace_exit_code
    from ovntrace.verdict.trace import Tracer
    from ovntrace.verdict.types import Flow
    from ovntrace.view.subject import Query
    from renderers.formats import render_trace

    proto, port = protocol_of(given) or ("icmp", None)
    flow = Flow(
        src,
        dst,
        proto,
        port,
        given["sport"],
        given["network"],
        int(given["family"]) if given["family"] else None,
        given["ct"],
        given["src_ip"],
        given["dst_ip"],
        given["src_mac"],
        given["dst_mac"],
    )
    ends = (Query(src, namespace), Query(dst, namespace))
    if given["follow"]:
        return _follow(way, flow, ends, both, output, why, given)
    now = time.time()
    with opened(way) as collector, Progress() as progress:
        snapshot, found = for_flow(collector, ends, way.timeout_s, progress)
        # What was found is asked for by its whole name: a prefix need not be searched twice.
        flow = replace(flow, src=found[0], dst=found[1])
        tracer = Tracer(snapshot)
        asked = [flow, flow.reversed()] if both else [flow]
        views = [tracer.trace(one, now=now) for one in asked]
        if confirm:
            from ovntrace.cli.confirm import confirmed

            views = [
                confirmed(
                    view, tracer.probes(one, now=now), snapshot, collector, way.timeout_s, progress
                )
                for view, one in zip(views, asked, strict=True)
            ]
    look = screen_of(given)
    emit(render_trace(views, output, width=look.width, color=look.color, why=why))
    return trace_exit_code(*views)
