"""`ip address` as text: iproute2's and busybox's (networking/libiproute/ipaddress.c).

    3: net1@if56: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue state UP ...
        link/ether 0a:58:c0:a8:4d:5b brd ff:ff:ff:ff:ff:ff link-netnsid 0
        inet 192.168.77.91/24 brd 192.168.77.255 scope global net1

busybox prints the header without `state` in old versions, and no details and no counters ever.
"""

from dataclasses import dataclass, field

from ovntrace.model.links import Link, Links


@dataclass
class _Draft:
    name: str
    ifindex: int
    flags: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict)
    mac: str | None = None
    addresses: list[str] = field(default_factory=list)
    peer: str | None = None


def parse_ip_text(data: bytes) -> Links | str:
    """The interfaces, or why there are none. Lines that are not understood are passed over."""
    drafts: list[_Draft] = []
    for line in data.decode("utf-8", "replace").splitlines():
        if line[:1].isdigit():
            draft = _header(line)
            if draft is not None:
                drafts.append(draft)
        elif drafts:
            _detail(drafts[-1], line.split())
    if not drafts:
        return "no interface in it"
    by_name = {draft.name: draft.ifindex for draft in drafts}
    return Links([_link(draft, by_name) for draft in drafts])


def _header(line: str) -> _Draft | None:
    index, colon, rest = line.partition(": ")
    name, colon2, rest = rest.partition(": ")
    if not colon or not colon2 or not index.isdecimal():
        return None
    own, _, peer = name.partition("@")
    draft = _Draft(own, int(index), peer=peer or None)
    words = rest.split()
    if words and words[0].startswith("<"):
        draft.flags = tuple(words[0].strip("<>").split(","))
        words = words[1:]
    draft.words = dict(zip(words[::2], words[1::2], strict=False))
    return draft


def _detail(draft: _Draft, words: list[str]) -> None:
    if len(words) < 2:
        return
    if words[0].startswith("link/"):
        draft.mac = words[1].lower() if words[1].count(":") == 5 else None
        draft.words.update(zip(words[2::2], words[3::2], strict=False))
    elif words[0] in ("inet", "inet6"):
        draft.addresses.append(words[1])


def _link(draft: _Draft, by_name: dict[str, int]) -> Link:
    peer = draft.peer or ""
    peer_ifindex = int(peer[2:]) if peer[:2] == "if" and peer[2:].isdecimal() else None
    netnsid = draft.words.get("link-netnsid", "")
    mtu = draft.words.get("mtu", "")
    return Link(
        name=draft.name,
        ifindex=draft.ifindex,
        flags=draft.flags,
        mtu=int(mtu) if mtu.isdecimal() else None,
        operstate=draft.words.get("state"),
        mac=draft.mac,
        addresses=tuple(draft.addresses),
        master=draft.words.get("master"),
        peer_ifindex=peer_ifindex if peer_ifindex is not None else by_name.get(peer),
        link_netns=draft.words.get("link-netns"),
        link_netnsid=int(netnsid) if netnsid.isdecimal() else None,
    )
