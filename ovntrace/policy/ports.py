"""Which entries of a rule's `ports` an ACL carries out.

OVN-Kubernetes groups the ports of a rule by protocol into one ACL (go-controller/pkg/util,
`GetL4MatchesFromNetworkPolicyPorts`; before 2023-08 it made one for each port). A port by name
becomes the whole protocol in (Multi)NetworkPolicies, and is lost beside a number of the same
protocol; so the numbers in the match say which entries are in force.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ovntrace.model.kube import Object, field, list_at, text_at
from ovntrace.policy.ruleport import RulePort

_ONE_OF = re.compile(r"\b(tcp|udp|sctp)\.dst *== *(?:\{([0-9, ]*)\}|([0-9]+))")
_RANGE = re.compile(r"\b([0-9]+) *<= *(tcp|udp|sctp)\.dst *<= *([0-9]+)")
_WORD = re.compile(r"(?<![\w.$@])(tcp|udp|sctp)\b(?!\.)")
_NAMED: Final = "-namedport"

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A port that a rule of a (Multi)NetworkPolicy has by name. `direction` is Ingress or Egress,
    `rule` the index in spec.ingress or spec.egress."""

    direction: str
    rule: int
    port: RulePort


@dataclass(frozen=True, slots=True)
class _Entry:
    shown: RulePort
    numbers: Range | None


def named_ports(policy: Object) -> list[NamedPort]:
    """The ports that a (Multi)NetworkPolicy has by name. A name is no part of what OVN-Kubernetes
    makes of it (above)."""
    return [
        NamedPort(direction, at, entry.shown)
        for direction in ("Ingress", "Egress")
        for at, rule in enumerate(list_at(policy, "spec", direction.lower()))
        for index, item in enumerate(list_at(rule, "ports"))
        if (entry := _entry(index, item)).numbers is None and entry.shown.port is not None
    ]


def protocol_of(word: str | None, match: str) -> str | None:
    """The one protocol of an ACL, in capitals: what its ids say, or the only one in its match."""
    if word is not None:
        name = word.lower().removesuffix(_NAMED)
        return name.upper() if name in ("tcp", "udp", "sctp") else None
    found = set(_WORD.findall(match))
    return found.pop().upper() if len(found) == 1 else None


def ports_of(
    entries: Sequence[Any], word: str | None, match: str, protocol: str | None
) -> tuple[RulePort, ...] | None:
    """The entries of a rule that are in an ACL; empty for a rule without ports. None if they can't
    be told: the match has numbers that no entry has, so the object is not what OVN has.

    `word` is the ACL's port-policy-protocol, `protocol` what `protocol_of` says.
    """
    read = [_entry(index, item) for index, item in enumerate(entries)]
    if word is not None and word.lower().endswith(_NAMED):
        named = [one.shown for one in read if one.numbers is None]
        return tuple(named) if len(named) == 1 else None
    if protocol is not None:
        read = [one for one in read if one.shown.protocol == protocol]
        if not read:
            return None
    elif word is not None:
        return () if not read else None
    written = _written(match)
    if not written:
        if any(one.numbers for one in read):
            return None
        return tuple(one.shown for one in read)
    found = [(one, put) for one in read if (put := _put(one, written)) is not None]
    if {put for _, put in found} != written:
        return None
    return tuple(one.shown for one, _ in found)


def port_at(entries: Sequence[Any], index: int) -> tuple[RulePort, ...] | None:
    """The entry of that index, as the ids before 2023-08 named it; none at all for -1."""
    if index < 0:
        return () if not entries else None
    return (_entry(index, entries[index]).shown,) if index < len(entries) else None


def ports_with(ports: tuple[RulePort, ...], protocol: str, number: int) -> tuple[RulePort, ...]:
    """Those that a packet's protocol and port are among; all of them if none has the number."""
    found = []
    for one in ports:
        numbers = _numbers(one.port)
        if one.protocol == protocol and numbers and numbers[0] <= number <= numbers[1]:
            found.append(one)
    return tuple(found) or ports


def _entry(index: int, item: Any) -> _Entry:
    """An entry of NetworkPolicy and EgressFirewall, or of AdminNetworkPolicy (portNumber,
    portRange, namedPort)."""
    name = text_at(item, "namedPort")
    if name is not None:
        return _Entry(RulePort(index, None, name), None)
    told = field(item, "portRange") or field(item, "portNumber") or item
    first = field(told, "start") if field(item, "portRange") else field(told, "port")
    last = field(told, "end") or field(told, "endPort")
    protocol = (text_at(told, "protocol") or "TCP").upper()
    if isinstance(first, str):
        return _Entry(RulePort(index, protocol, first), None)
    if not isinstance(first, int):
        return _Entry(RulePort(index, protocol, None), None)
    end = last if isinstance(last, int) else first
    return _Entry(
        RulePort(index, protocol, str(first) if end == first else f"{first}-{end}"), (first, end)
    )


def _written(match: str) -> set[tuple[str, int, int]]:
    """The ports that a match names, by protocol."""
    found = set()
    for protocol, many, one in _ONE_OF.findall(match):
        for number in (many or one).split(","):
            if number.strip().isdecimal():
                found.add((protocol.upper(), _int(number), _int(number)))
    for first, protocol, last in _RANGE.findall(match):
        found.add((protocol.upper(), _int(first), _int(last)))
    return found


def _put(entry: _Entry, written: set[tuple[str, int, int]]) -> tuple[str, int, int] | None:
    """What a match has of an entry: its numbers, or the first alone (where endPort was lost)."""
    if entry.numbers is None or entry.shown.protocol is None:
        return None
    first, last = entry.numbers
    for end in (last, first):
        if (entry.shown.protocol, first, end) in written:
            return entry.shown.protocol, first, end
    return None


def _numbers(port: str | None) -> Range | None:
    first, _, last = (port or "").partition("-")
    if not first.isdecimal() or (last and not last.isdecimal()):
        return None
    return _int(first), _int(last or first)


def _int(digits: str) -> int:
    """Ports have five digits; more are not a port, and Python refuses to read thousands."""
    return int(digits) if len(digits.strip()) <= 5 else -1
