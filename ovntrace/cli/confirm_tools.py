"""One node's own tools: what they are asked, what they said, and what of it could not be had."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from collectors.artifacts import BY_NAME, Artefact
from collectors.gather import gather
from collectors.parameters import Values
from collectors.parse.logical_flows import parse_logical_flows
from collectors.parse.ofproto_trace import parse_ofproto_trace
from collectors.parse.ovn_trace import parse_ovn_trace
from collectors.snapshot import make_snapshot
from ovntrace.cli.collect import Say
from ovntrace.model.capture import Capture, Gap, Missing, Reason, Target
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.tooltrace import LogicalTrace, OpenflowTrace
from ovntrace.verdict.confirm import Flows, Heard

if TYPE_CHECKING:
    from collectors.base import Collector

_ROWS_AT_ONCE = 500


class Tools:
    """The questions to one node, one after the other. Each answer is the tool's, or in words why
    there is none; `gaps` are those that could not be asked."""

    def __init__(
        self,
        node: str,
        snapshot: Snapshot,
        collector: "Collector",
        timeout_s: float,
        say: Say,
    ) -> None:
        self.node = node
        self.gaps: list[Gap] = []
        self._known = snapshot.ovs.get(node)
        self._collector = collector
        self._timeout_s = timeout_s
        self._say = say

    def logical(
        self, values: Values | str | None
    ) -> tuple[LogicalTrace | str, OpenVswitch | str, str]:
        """ovn-trace's answer, the node's interfaces, which are read beside it, and the command.
        `values` is None where ovn-trace need not be asked, a text where it can't be."""
        filled = values if values is None or isinstance(values, str) else _fill("ovn-trace", values)
        wants = [filled] if isinstance(filled, Artefact) else []
        wants += [BY_NAME["ovs"]] if self._known is None else []
        found = dict(zip((want.name for want in wants), self._fetch(wants), strict=True))
        ovs = self._known or _interfaces(found.get("ovs"), self.node)
        if not isinstance(filled, Artefact):
            return filled or "", ovs, ""
        result = found["ovn-trace"]
        data = result.data if isinstance(result, Capture) else result.detail
        trace = data if isinstance(data, str) else parse_ovn_trace(data)
        if isinstance(trace, str):
            return self._unread("ovn-trace", data, trace), ovs, result.origin
        return trace, ovs, result.origin

    def openflow(self, *asked: Values) -> list[tuple[OpenflowTrace | str, str]]:
        """ofproto/trace's answers to some questions at once, each with the command."""
        filled = [_fill("ofproto-trace", values) for values in asked]
        results = self._fetch([one for one in filled if isinstance(one, Artefact)])
        answers: list[tuple[OpenflowTrace | str, str]] = []
        for one in filled:
            if isinstance(one, str):
                answers.append((one, ""))
                continue
            result = results.pop(0)
            data = result.data if isinstance(result, Capture) else result.detail
            trace = data if isinstance(data, str) else parse_ofproto_trace(data)
            if isinstance(trace, str):
                trace = self._unread("ofproto-trace", data, trace)
            answers.append((trace, result.origin))
        return answers

    def flows(self, heard: Sequence[Heard]) -> Flows | str:
        """Where the flows come from that the tools have named."""
        prefixes = sorted({flow for one in heard for flow in one.flows if flow})
        if not prefixes:
            return {}
        filled = _fill("logical-flows", {"uuid": tuple(prefixes[:_ROWS_AT_ONCE])})
        if isinstance(filled, str):
            return filled
        [result] = self._fetch([filled])
        data = result.data if isinstance(result, Capture) else result.detail
        flows = data if isinstance(data, str) else parse_logical_flows(data)
        return self._unread("logical-flows", data, flows) if isinstance(flows, str) else flows

    def _fetch(self, wants: Sequence[Artefact]) -> list[Capture | Missing]:
        target = Target(node=self.node)
        results = gather(
            self._collector,
            [(target, want) for want in wants],
            timeout_s=self._timeout_s,
            progress=lambda step: self._say(f"{step.artefact} of {step.target}: {step.state}"),
        )
        self.gaps += [Gap.of(one) for one in results if isinstance(one, Missing)]
        return results

    def _unread(self, name: str, data: bytes | str, why: str) -> str:
        """A tool's answer that is none is a gap too; a Missing has been noted before."""
        if isinstance(data, bytes):
            missing = Missing(Target(node=self.node), name, Reason.UNPARSABLE, why)
            self.gaps.append(Gap.of(missing))
        return why


def _fill(name: str, values: Values) -> Artefact | str:
    """The row with its values; in words, what it does not take."""
    try:
        return BY_NAME[name].filled(values)
    except ValueError as error:
        return str(error)


def _interfaces(result: Capture | Missing | None, node: str) -> OpenVswitch | str:
    if not isinstance(result, Capture):
        return result.detail if result else "the node's interfaces were not read"
    found = make_snapshot([result], source_kind="", place="").ovs.get(node)
    return found if found is not None else "the node's interfaces can't be read"
