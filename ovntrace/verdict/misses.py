"""What nearly let a packet pass: allow ACLs of the stage that dropped it, and why they did not."""

import ipaddress
import re
from collections.abc import Callable, Sequence

from ovntrace.match import MatchError, Packet, explain
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.types import NearMiss
from ovntrace.view.types import AclView

_MOST = 5
_NOT_OF_POLICIES = frozenset({"node", "hairpin", "multicast"})
_NUMBER = re.compile(r"((tcp|udp|sctp)\.(src|dst)|icmp[46]?\.(type|code)|ip\.proto) ")
_PORT = re.compile(r"(in|out)port\b")
_ADDRESS = re.compile(
    r"(ip4\.(?:src|dst))(?:\[(\d+)\.\.31\])? (==|!=) 0x([0-9a-f]+)(?:/0x([0-9a-f]+))?"
)


def near_misses(
    model: SwitchModel,
    candidates: Sequence[SwitchAcl],
    packet: Packet,
    show: Callable[[SwitchAcl], AclView],
) -> tuple[NearMiss, ...]:
    """At most five: policies' rules before what OVN-Kubernetes installs for itself, and those with
    the fewest terms that fail first."""
    found: list[tuple[bool, int, str, NearMiss]] = []
    for one in candidates:
        if not one.acl.action.startswith("allow"):
            continue
        view = show(one)
        if view.policy is not None and view.policy.kind == "default-deny":
            continue  # its allow is for ARP
        failing = _failing(model, one, packet)
        if failing and not any(_PORT.match(term) for term in failing):
            own = view.policy is not None and view.policy.kind in _NOT_OF_POLICIES
            found.append((own, len(failing), view.uuid, NearMiss(view, failing)))
    found.sort(key=lambda item: item[:3])
    return tuple(miss for *_, miss in found[:_MOST])


def _failing(model: SwitchModel, one: SwitchAcl, packet: Packet) -> tuple[str, ...]:
    expr = model.compiled(one.acl)
    if isinstance(expr, MatchError):
        return (f"it is not in force: {expr.message}",)
    terms = (str(term) for term in explain(expr, packet).terms)
    return tuple(dict.fromkeys(in_words(term) for term in terms if not term.startswith("reg")))


def in_words(term: str) -> str:
    """A term with IPv4 addresses and ports as people write them; OVN's own notation has them in
    hex."""
    if _NUMBER.match(term) and "/" not in term:
        return re.sub(r"0x[0-9a-f]+", lambda found: str(int(found[0], 16)), term)
    return _ADDRESS.sub(_dotted, term)


def _dotted(found: re.Match[str]) -> str:
    field, low, relation, digits, mask = found.groups()
    shift = int(low or 0)
    value = int(digits, 16) << shift
    bits = 32 - shift if mask is None else int(mask, 16).bit_count()
    if value >> 32:
        return found.group()
    length = "" if bits == 32 else f"/{bits}"
    return f"{field} {relation} {ipaddress.IPv4Address(value)}{length}"
