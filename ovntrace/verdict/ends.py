"""The two ends of a flow: which attachment, which port, which address, and who told it."""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ovntrace.errors import WrongQuestionError
from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort, Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.types import Flow
from ovntrace.view.attachments import wishes_of
from ovntrace.view.explain import explain
from ovntrace.view.find import Finder
from ovntrace.view.subject import Query, Subject
from ovntrace.view.types import Attachment

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
OUTSIDE_MAC = "02:00:00:00:00:fe"  # of a host that OVN does not know


@dataclass(frozen=True, slots=True)
class End:
    """One end. Without `attachment` it is an address outside of what OVN knows."""

    label: str
    address: Address | None
    told_by: str
    mac: str
    attachment: Attachment | None = None
    port: LogicalSwitchPort | None = None
    switch: LogicalSwitch | None = None
    nb: Northbound | None = None
    subnets: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    gateways: tuple[str, ...] = ()

    @property
    def node(self) -> str:
        """The node that it is on; empty for one outside."""
        return self.attachment.node if self.attachment else ""

    @property
    def is_guest(self) -> bool:
        """True for a VM whose own NIC this is: its addresses and routes are the guest's."""
        hops = self.attachment.hops if self.attachment else ()
        return any(hop.kind in ("guest-interface", "k6t-bridge") for hop in hops)


@dataclass(frozen=True, slots=True)
class Party:
    """What a word of the question means before the network is chosen."""

    word: str
    attachments: tuple[Attachment, ...]
    subject: Subject | None
    address: Address | None  # if the word is one


def as_address(word: str) -> Address | None:
    """The word as an IP address, if it is one."""
    try:
        return ipaddress.ip_address(word)
    except ValueError:
        return None


def _ends(snapshot: Snapshot, flow: Flow, source: Party, target: Party) -> tuple[End, End, str]:
    if not source.attachments and not target.attachments:
        raise WrongQuestionError(
            f"neither {flow.src} nor {flow.dst} is a workload's: OVN does not see this flow"
        )
    apart = _apart(flow, source, target)
    if apart is None:
        network, why = _network(flow, source, target)
        apart = network, network
    else:
        why = f"{target.word} is on {apart[1]}"
    family = _family(flow, source, target)
    first = _end(snapshot, source, apart[0], family, flow.src_ip, flow.src_mac)
    second = _end(snapshot, target, apart[1], family, flow.dst_ip, flow.dst_mac)
    _check_family(first, second)
    return first, second, why


def _party(snapshot: Snapshot, finder: Finder, word: str, now: float) -> Party:
    address = as_address(word)
    try:
        subject = finder.find(Query(word))
    except WrongQuestionError:
        if address is None:
            raise
        return Party(word, (), None, address)
    view = explain(snapshot, subject, now=now)
    return Party(word, view.attachments, subject, address)


class Ends:
    """Finds ends in one snapshot; a workload is looked at once, however many flows it has.

    `known` may tell what a word means, where whoever asks has looked already."""

    def __init__(
        self, snapshot: Snapshot, known: Callable[[str], Party | None] = lambda _word: None
    ) -> None:
        self._snapshot = snapshot
        self._known = known
        self._finder = Finder(snapshot)
        self._parties: dict[str, Party] = {}

    def of(self, flow: Flow, *, now: float) -> tuple[End, End, str]:
        """Source and destination, and why this network was chosen (empty if it was asked for).

        Raises WrongQuestionError for unknown names, no or several networks in common, and
        families that differ.
        """
        source, target = self._party(flow.src, now), self._party(flow.dst, now)
        return _ends(self._snapshot, flow, source, target)

    def _party(self, word: str, now: float) -> Party:
        party = self._parties.get(word)
        if party is None:
            party = self._known(word) or _party(self._snapshot, self._finder, word, now)
            self._parties[word] = party
        return party


def _apart(flow: Flow, source: Party, target: Party) -> tuple[str, str] | None:
    """The networks of two ports of another CMS that have one each, and not the same; None for all
    others."""
    names = [{a.network for a in party.attachments} for party in (source, target)]
    is_other = all(p.subject and p.subject.kind == "port" for p in (source, target))
    if flow.network is not None or not is_other or [len(one) for one in names] != [1, 1]:
        return None
    first, second = next(iter(names[0])), next(iter(names[1]))
    return None if first == second else (first, second)


def _network(flow: Flow, source: Party, target: Party) -> tuple[str, str]:
    if flow.network is not None:
        return _asked(flow.network, source, target), ""
    names = [{a.network for a in party.attachments} for party in (source, target)]
    if all(names):
        common = _holding(target, _holding(source, names[0] & names[1]))
        return _only(
            common, f"{source.word} and {target.word} share"
        ), "the network that both are on"
    inside, outside = (source, target) if names[0] else (target, source)
    near = {a.network for a in inside.attachments if _reaches(a, outside.address)}
    if near:
        chosen = _only(near, f"{inside.word} reaches {outside.word} by")
        return chosen, f"the network of {inside.word} whose subnet has {outside.word}"
    guests = {
        a.network for a in inside.attachments if any(h.kind == "guest-interface" for h in a.hops)
    }
    if guests:
        chosen = _only(guests, f"the guest of {inside.word} is on")
        return chosen, "the network of the guest's own NIC; its routes are not known"
    routed = [a.network for a in inside.attachments if a.nad == "default"] or sorted(
        names[0] | names[1]
    )
    return _only(set(routed), f"{inside.word} is on"), "the network with the pod's default route"


def _asked(network: str, source: Party, target: Party) -> str:
    for party in (source, target):
        for one in party.attachments:
            if network in (one.network, one.nad, one.nad.rpartition("/")[2]):
                return one.network
    names = sorted({a.network for p in (source, target) for a in p.attachments})
    raise WrongQuestionError(f"neither end is on network {network}", candidates=names)


def _holding(party: Party, networks: set[str]) -> set[str]:
    """Of some networks those on which the party has the address that was asked for."""
    if party.address is None:
        return networks
    wanted = str(party.address)
    return {
        a.network
        for a in party.attachments
        if a.network in networks and wanted in {ip for ip, _ in _addresses(a, None)}
    } or networks


def _only(networks: set[str], what: str) -> str:
    if len(networks) == 1:
        return next(iter(networks))
    if not networks:
        raise WrongQuestionError(f"{what} no network in common", hint="name one with --network")
    raise WrongQuestionError(
        f"{what} several networks", hint="choose one with --network", candidates=sorted(networks)
    )


def _reaches(attachment: Attachment, address: Address | None) -> bool:
    return address is not None and any(address in net for net in _subnets(attachment))


def _subnets(
    attachment: Attachment,
) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Subnets of its addresses that are written with a prefix length, each once: the annotation
    and the interface tell the same."""
    words = [*attachment.addresses, *_facts(attachment, "pod-interface")]
    found = (_subnet(word) for word in words if not word.lower().startswith("fe80:"))
    return tuple(dict.fromkeys(subnet for subnet in found if subnet is not None))


def _subnet(word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_interface(word).network if "/" in word else None
    except ValueError:
        return None


def _facts(attachment: Attachment, kind: str) -> tuple[str, ...]:
    for hop in attachment.hops:
        if hop.kind == kind:
            found = hop.facts.get("addresses")
            return tuple(str(a) for a in found) if isinstance(found, (tuple, list)) else ()
    return ()


def _addresses(attachment: Attachment, port: LogicalSwitchPort | None) -> Iterator[tuple[str, str]]:
    """(address, who told it), the surest first. That of a VM on a network without IPAM stands in
    no OVN table."""
    for ip in port.ips if port else ():
        yield ip, "the logical port"
    sources = (
        (attachment.addresses, "the pod's annotations"),
        (_facts(attachment, "guest-interface"), "the VMI's status"),
        (_facts(attachment, "pod-interface"), "the pod's interface"),
    )
    for words, who in sources:
        for word in words:
            if not word.lower().startswith("fe80:"):
                yield word.partition("/")[0], who


def _family(flow: Flow, source: Party, target: Party) -> int | None:
    if flow.family is not None:
        return flow.family
    for word in (flow.src_ip, flow.dst_ip):
        address = as_address(word) if word else None
        if address is not None:
            return address.version
    for party in (source, target):
        if party.address is not None:
            return party.address.version
    return None


def _end(
    snapshot: Snapshot,
    party: Party,
    network: str,
    family: int | None,
    ip: str | None,
    mac: str | None,
) -> End:
    given = as_address(ip) if ip else None
    if ip and given is None:
        raise WrongQuestionError(f"{ip!r} is no address")
    found = [a for a in party.attachments if a.network == network]
    if not found:
        if party.address is None and given is None:
            names = [a.network for a in party.attachments]
            raise WrongQuestionError(f"{party.word} is not on network {network}", candidates=names)
        return End(party.word, given or party.address, "the question", mac or OUTSIDE_MAC)
    one = found[0]
    nb = snapshot.nb.get(one.node)
    port = nb.port(one.lsp) if nb and one.lsp else None
    address, who = (given, "the question") if given else _own(one, port, family, party.address)
    return End(
        label=party.subject.name if party.subject else party.word,
        address=address,
        told_by=who,
        mac=mac or one.mac or OUTSIDE_MAC,
        attachment=one,
        port=port,
        switch=nb.switch_of(port.uuid) if nb and port else None,
        nb=nb,
        subnets=_subnets(one),
        gateways=_gateways(snapshot, party.subject, one),
    )


def _own(
    attachment: Attachment,
    port: LogicalSwitchPort | None,
    family: int | None,
    wanted: Address | None,
) -> tuple[Address | None, str]:
    for word, who in _addresses(attachment, port):
        address = as_address(word)
        if address is None or (family is not None and address.version != family):
            continue
        if wanted is None or address == wanted:
            return address, who
    return wanted, "the question" if wanted else ""


def _gateways(
    snapshot: Snapshot, subject: Subject | None, attachment: Attachment
) -> tuple[str, ...]:
    if subject is None:
        return ()
    nb = snapshot.nb.get(attachment.node)
    for wish in wishes_of(snapshot, subject, nb):
        if wish.nad == attachment.nad:
            return wish.gateways
    return ()


def _check_family(first: End, second: End) -> None:
    if first.address and second.address and first.address.version != second.address.version:
        raise WrongQuestionError(
            f"{first.address} and {second.address} are of different families",
            hint="choose one with --family, or name addresses with --src-ip and --dst-ip",
        )
