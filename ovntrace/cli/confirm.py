"""Asking the nodes' own tools about the packet of a verdict: what `trace --confirm` adds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ovntrace.cli.collect import Say
from ovntrace.cli.confirm_tools import Tools
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.tooltrace import LogicalTrace
from ovntrace.verdict.confirm import (
    OFPROTO_TRACE,
    OVN_TRACE,
    Heard,
    answer,
    heard_of_logical,
    heard_of_openflow,
    heard_of_routed,
    not_asked,
    not_reached,
    on_a_node,
    with_confirmation,
)
from ovntrace.verdict.confirm_entrance import Sender, bridge_behind
from ovntrace.verdict.confirm_packet import (
    Probe,
    Probes,
    logical_values,
    openflow_port,
    openflow_values,
)
from ovntrace.verdict.types import NodeConfirmation, TraceView

if TYPE_CHECKING:
    from collectors.base import Collector


def confirmed(
    view: TraceView,
    probes: Probes | str,
    snapshot: Snapshot,
    collector: "Collector",
    timeout_s: float,
    say: Say,
) -> TraceView:
    """The view with what ovn-trace and ofproto/trace say on each node that the packet passes. A
    tool that can't be asked is a gap, and the verdict stays."""
    if isinstance(probes, str):
        return not_asked(probes, "", view)
    first = Tools(probes.first.node, snapshot, collector, timeout_s, say)
    heard, sent = _on_the_first(probes, first)
    nodes, gaps = [_confirmation(probes.first, first, heard)], first.gaps
    if probes.second is not None:
        from ovntrace.cli.confirm_second import on_the_second

        second = Tools(probes.second.node, snapshot, collector, timeout_s, say)
        heard = on_the_second(probes, probes.second, second, sent)
        nodes.append(_confirmation(probes.second, second, heard))
        gaps = [*gaps, *second.gaps]
    elif probes.unreached:
        nodes.append(not_reached(probes.unreached, probes.first.node))
    return with_confirmation(view, nodes, gaps)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the first node's tools said, as far as the second one's are asked by it. `left_by` is
    the bridge behind the localnet port there."""

    logical: LogicalTrace | str
    command: str
    sender: Sender
    left_by: str | None


Answers = dict[str, tuple[Heard | str, str]]  # what each tool said, and the command


def _on_the_first(probes: Probes, tools: Tools) -> tuple[Answers, Sent]:
    probe = probes.first
    trace, ovs, command = tools.logical(logical_values(probe))
    logical = trace if isinstance(trace, str) else _heard(probes, trace)
    values = ovs if isinstance(ovs, str) else openflow_values(probe, ovs)
    if isinstance(values, str) or isinstance(ovs, str):
        openflow, left_by = (str(values), ""), None
        answers: Answers = {OVN_TRACE: (logical, command), OFPROTO_TRACE: openflow}
        sent_by = Sender(probe.node, ovs, str(values))
        return answers, Sent(trace, command, sent_by, left_by)
    [(flows, run)] = tools.openflow(values)
    wanted = openflow_port(ovs, probe.leg.wanted)
    said = flows if isinstance(flows, str) else heard_of_openflow(flows, wanted)
    left_by = bridge_behind(ovs, probe.leg.wanted.name)
    sent = Sent(trace, command, Sender(probe.node, ovs, flows), left_by)
    return {OVN_TRACE: (logical, command), OFPROTO_TRACE: (said, run)}, sent


def _heard(probes: Probes, trace: LogicalTrace) -> Heard:
    leg = probes.first.leg
    if probes.is_routed and probes.second is not None:
        nb = leg.model.nb
        ports = (nb.port(name) for name in trace.outputs)
        remote = {port.name for port in ports if port is not None and port.type == "remote"}
        return heard_of_routed(trace, probes.second.leg.wanted.name, remote)
    if leg.elsewhere is not None:
        return heard_of_logical(trace, leg.elsewhere.name, is_elsewhere=True)
    return heard_of_logical(trace, leg.wanted.name)


def _confirmation(probe: Probe, tools: Tools, said: Answers) -> NodeConfirmation:
    flows = tools.flows([heard for heard, _ in said.values() if isinstance(heard, Heard)])
    answers = [
        answer(tool, command, heard, probe, flows) for tool, (heard, command) in said.items()
    ]
    return on_a_node(probe, answers)
