"""Many flows from lines, each answered in its place.

A line is a JSON object (or a row of CSV with a heading): `{src, dst, proto, dport, sport, network,
ct, expect}`, or in OVN's own terms `{switch, inport, packet, ct, node}` with `packet` a microflow
as ovn-trace(8) takes it. `expect` is the verdict that it must have.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ovntrace.errors import WrongQuestionError
from ovntrace.match import FieldError, MatchError
from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort, Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.conntrack import ct_state
from ovntrace.verdict.microflow import read_microflow
from ovntrace.verdict.pipeline import through_switch
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from ovntrace.view.types import AclView

_TEXTS = ("src", "dst", "proto", "network", "ct", "src_ip", "dst_ip", "src_mac", "dst_mac")
_NUMBERS = ("dport", "sport", "family")
_RAW = ("switch", "inport", "packet")


@dataclass(frozen=True, slots=True)
class FlowAnswer:
    """The answer to a line. `reply` is the reply's verdict, None where there is none; `met` is
    None where nothing was expected, or where the verdict is open."""

    asked: Mapping[str, Any]
    verdict: str
    reason: str
    deciding: AclView | None
    reply: str | None
    met: bool | None


def read_flows(lines: Iterable[str]) -> Iterator[Mapping[str, Any] | str]:
    """The questions of some lines, in order; for a line that can't be read, why. Blank lines and
    lines that begin with # are passed over. A first line that names fields is a heading of CSV."""
    heading: list[str] | None = None
    is_first = True
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if is_first:
            is_first = False
            heading = _heading(text)
            if heading is not None:
                continue
        yield _of_csv(heading, text) if heading else _of_json(text)


def _heading(text: str) -> list[str] | None:
    cells = [cell.strip() for cell in next(csv.reader([text]))]
    return cells if set(cells) & {"src", "switch"} else None


def _of_json(text: str) -> Mapping[str, Any] | str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "not a JSON object"
    return document if isinstance(document, dict) else "not a JSON object"


def _of_csv(heading: list[str], text: str) -> Mapping[str, Any]:
    cells = next(csv.reader([text]))
    pairs = zip(heading, cells, strict=False)
    return {key.strip(): cell.strip() for key, cell in pairs if cell.strip()}


class FlowJudge:
    """Answers lines over one snapshot."""

    def __init__(self, snapshot: Snapshot, *, now: float) -> None:
        self._snapshot = snapshot
        self._tracer = Tracer(snapshot)
        self._now = now

    def answer(self, asked: Mapping[str, Any] | str) -> FlowAnswer:
        """The answer to one line; `unknown` with the reason if it can't be answered."""
        if isinstance(asked, str):
            return FlowAnswer({}, "unknown", asked, None, None, None)
        try:
            if any(key in asked for key in _RAW):
                return self._raw(asked)
            return self._named(asked)
        except (WrongQuestionError, MatchError, FieldError, ValueError) as error:
            return FlowAnswer(asked, "unknown", str(error), None, None, None)

    def _named(self, asked: Mapping[str, Any]) -> FlowAnswer:
        view = self._tracer.trace(_flow(asked), now=self._now)
        reply = view.reply.verdict if view.reply else None
        met = _met(asked, view.verdict)
        return FlowAnswer(asked, view.verdict, view.reason, view.deciding, reply, met)

    def _raw(self, asked: Mapping[str, Any]) -> FlowAnswer:
        missing = [key for key in _RAW if not isinstance(asked.get(key), str)]
        if missing:
            raise ValueError(f"{', '.join(missing)} is missing")
        node, nb, switch = self._switch(asked)
        port = _port(nb, switch, asked["inport"])
        model = self._tracer.model(node, nb, switch)
        packet = read_microflow(asked["packet"], model.table)
        state = ct_state(str(asked.get("ct") or "new"))
        outcome = through_switch(model, port, packet, ct_in=state, ct_out=state)
        acl = outcome.deciding.acl if outcome.deciding else None
        view = self._tracer.show(model, acl, packet) if acl else None
        met = _met(asked, outcome.verdict)
        return FlowAnswer(asked, outcome.verdict, outcome.reason, view, None, met)

    def _switch(self, asked: Mapping[str, Any]) -> tuple[str, Northbound, LogicalSwitch]:
        """The switch, in the zone that is named or in the one that has the port."""
        wanted = asked.get("node")
        found = [
            (node, nb, switch)
            for node, nb in sorted(self._snapshot.nb.items())
            if wanted in (None, node) and (switch := nb.switch_by_name(asked["switch"])) is not None
        ]
        holding = [item for item in found if _has_port(item[1], item[2], asked["inport"])]
        chosen = holding or found
        if not chosen:
            raise WrongQuestionError(f"no switch {asked['switch']}")
        return chosen[0]


def _has_port(nb: Northbound, switch: LogicalSwitch, name: str) -> bool:
    port = nb.port(name)
    return port is not None and port.type != "remote" and port.uuid in switch.ports


def _port(nb: Northbound, switch: LogicalSwitch, name: str) -> LogicalSwitchPort:
    port = nb.port(name)
    if port is None or port.uuid not in switch.ports:
        raise WrongQuestionError(f"switch {switch.name} has no port {name}")
    return port


def _flow(asked: Mapping[str, Any]) -> Flow:
    known = {*_TEXTS, *_NUMBERS, "expect"}
    strange = sorted(set(asked) - known)
    if strange:
        raise ValueError(f"not known: {', '.join(strange)}")
    if not asked.get("src") or not asked.get("dst"):
        raise ValueError("src or dst is missing")
    texts = {key: str(asked[key]) for key in _TEXTS if asked.get(key) not in (None, "")}
    numbers = {key: int(asked[key]) for key in _NUMBERS if asked.get(key) not in (None, "")}
    flow = Flow(**texts, **numbers)  # type: ignore[arg-type]
    if flow.proto not in ("icmp", "tcp", "udp", "sctp"):
        raise ValueError(f"proto {flow.proto!r} is none of icmp, tcp, udp, sctp")
    return flow


def _met(asked: Mapping[str, Any], verdict: str) -> bool | None:
    expected = asked.get("expect")
    if not expected or verdict in ("unknown", "ambiguous"):
        return None
    return bool(expected == verdict)


def flows_exit_code(answers: Iterable[FlowAnswer]) -> int:
    """1 if an expectation is not met, 3 if one can't be told, else 0."""
    code = 0
    for answer in answers:
        if answer.met is False:
            return 1
        if answer.asked.get("expect") and answer.met is None:
            code = 3
    return code
