"""Asking the node's own tools about the packet of a verdict: what `trace --confirm` adds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from collectors.artifacts import BY_NAME, Artefact
from collectors.gather import gather
from collectors.parse.logical_flows import parse_logical_flows
from collectors.parse.ofproto_trace import parse_ofproto_trace
from collectors.parse.ovn_trace import parse_ovn_trace
from collectors.snapshot import make_snapshot
from ovntrace.cli.collect import Say
from ovntrace.model.capture import Capture, Gap, Missing, Reason, Target
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.confirm import (
    OFPROTO_TRACE,
    OVN_TRACE,
    Flows,
    Heard,
    answer,
    heard_of_logical,
    heard_of_openflow,
    not_asked,
    with_confirmation,
)
from ovntrace.verdict.confirm_packet import (
    Probe,
    logical_values,
    openflow_port,
    openflow_values,
)
from ovntrace.verdict.types import TraceView

if TYPE_CHECKING:
    from collectors.base import Collector

_ROWS_AT_ONCE = 500


def confirmed(
    view: TraceView,
    probe: Probe | str,
    snapshot: Snapshot,
    collector: "Collector",
    timeout_s: float,
    say: Say,
) -> TraceView:
    """The view with what ovn-trace and ofproto/trace say on the node where the packet enters OVN.
    A tool that can't be asked is a gap, and the verdict stays."""
    if isinstance(probe, str):
        return not_asked(probe, "", view)
    return _Asking(probe, snapshot, collector, timeout_s, say).add_to(view)


class _Asking:
    """The questions to one node, one after the other."""

    def __init__(
        self,
        probe: Probe,
        snapshot: Snapshot,
        collector: "Collector",
        timeout_s: float,
        say: Say,
    ) -> None:
        self._probe = probe
        self._snapshot = snapshot
        self._collector = collector
        self._timeout_s = timeout_s
        self._say = say
        self._gaps: list[Gap] = []
        self._commands: dict[str, str] = {}

    def add_to(self, view: TraceView) -> TraceView:
        """Ask, and compare."""
        logical, ovs = self._logical()
        heard = {OVN_TRACE: logical, OFPROTO_TRACE: self._openflow(ovs)}
        flows = self._flows([one for one in heard.values() if isinstance(one, Heard)])
        tools = [
            answer(tool, self._commands.get(tool, ""), one, self._probe, flows)
            for tool, one in heard.items()
        ]
        return with_confirmation(view, self._probe, tools, self._gaps)

    def _logical(self) -> tuple[Heard | str, OpenVswitch | str]:
        """ovn-trace's answer, and the node's interfaces, which are read beside it."""
        known = self._snapshot.ovs.get(self._probe.node)
        filled = self._filled("ovn-trace", logical_values(self._probe))
        wants = [filled] if isinstance(filled, Artefact) else []
        wants += [BY_NAME["ovs"]] if known is None else []
        found = dict(zip((want.name for want in wants), self._fetch(wants), strict=True))
        ovs = known or _interfaces(found.get("ovs"), self._probe.node)
        if isinstance(filled, str):
            return filled, ovs
        data = self._taken(OVN_TRACE, found["ovn-trace"])
        trace = data if isinstance(data, str) else parse_ovn_trace(data)
        if isinstance(trace, str):
            return self._unread("ovn-trace", data, trace), ovs
        leg = self._probe.leg
        if leg.elsewhere is not None:
            return heard_of_logical(trace, leg.elsewhere.name, is_elsewhere=True), ovs
        return heard_of_logical(trace, leg.wanted.name), ovs

    def _openflow(self, ovs: OpenVswitch | str) -> Heard | str:
        if isinstance(ovs, str):
            return ovs
        values = openflow_values(self._probe, ovs)
        filled = values if isinstance(values, str) else self._filled("ofproto-trace", values)
        if isinstance(filled, str):
            return filled
        data = self._taken(OFPROTO_TRACE, self._fetch([filled])[0])
        trace = data if isinstance(data, str) else parse_ofproto_trace(data)
        if isinstance(trace, str):
            return self._unread("ofproto-trace", data, trace)
        wanted = openflow_port(ovs, self._probe.leg.wanted)
        return heard_of_openflow(trace, wanted)

    def _flows(self, heard: Sequence[Heard]) -> Flows | str:
        prefixes = sorted({flow for one in heard for flow in one.flows if flow})
        if not prefixes:
            return {}
        filled = self._filled("logical-flows", {"uuid": tuple(prefixes[:_ROWS_AT_ONCE])})
        if isinstance(filled, str):
            return filled
        data = self._taken("logical flows", self._fetch([filled])[0])
        flows = data if isinstance(data, str) else parse_logical_flows(data)
        return self._unread("logical-flows", data, flows) if isinstance(flows, str) else flows

    def _filled(
        self, name: str, values: dict[str, str] | dict[str, tuple[str, ...]]
    ) -> Artefact | str:
        """The row with its values; in words, what it does not take."""
        try:
            return BY_NAME[name].filled({**values})
        except ValueError as error:
            return str(error)

    def _fetch(self, wants: Sequence[Artefact]) -> list[Capture | Missing]:
        target = Target(node=self._probe.node)
        results = gather(
            self._collector,
            [(target, want) for want in wants],
            timeout_s=self._timeout_s,
            progress=lambda step: self._say(f"{step.artefact} of {step.target}: {step.state}"),
        )
        self._gaps += [Gap.of(one) for one in results if isinstance(one, Missing)]
        return results

    def _taken(self, tool: str, result: Capture | Missing) -> bytes | str:
        self._commands[tool] = result.origin
        return result.data if isinstance(result, Capture) else result.detail

    def _unread(self, name: str, data: bytes | str, why: str) -> str:
        """A tool's answer that is none is a gap too; a Missing has been noted before."""
        if isinstance(data, bytes):
            missing = Missing(Target(node=self._probe.node), name, Reason.UNPARSABLE, why)
            self._gaps.append(Gap.of(missing))
        return why


def _interfaces(result: Capture | Missing | None, node: str) -> OpenVswitch | str:
    if not isinstance(result, Capture):
        return result.detail if result else "the node's interfaces were not read"
    found = make_snapshot([result], source_kind="", place="").ovs.get(node)
    return found if found is not None else "the node's interfaces can't be read"
