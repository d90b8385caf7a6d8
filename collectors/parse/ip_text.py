"""`ip address` as text: iproute2's and busybox's (networking/libiproute/ipaddress.c).

    3: net1@if56: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue state UP ...
        link/ether 0a:58:c0:a8:4d:5b brd ff:ff:ff:ff:ff:ff link-netnsid 0
        inet 192.168.77.91/24 brd 192.168.77.255 scope global net1

busybox prints the header without `state` in old versions, and no details and no counters ever.
With `-d` the kind of an interface begins the line below its `link/`, with `-s` there are counters:

    link/ether 0a:58:c0:a8:4d:5b brd ff:ff:ff:ff:ff:ff promiscuity 1 minmtu 68 maxmtu 65535
    veth numtxqueues 2 numrxqueues 2
    RX:  bytes packets errors dropped  missed   mcast
          5698      68      0       0       0       0
"""

import re
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
    kind: str | None = None
    alt_names: list[str] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    counted: tuple[str, list[str]] = ("", [])
    """What the next line counts: "rx" or "tx", and the columns' names."""
    may_have_kind: bool = False


_NO_KIND = re.compile(r"inet6?\b|alt(name)?\b|alias\b|vf\b|prog/|[RT]X\b|\w+_slave\b|link-")


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
    ifindex = _number(index)
    if not colon or not colon2 or ifindex is None:
        return None
    own, _, peer = name.partition("@")
    draft = _Draft(own, ifindex, peer=peer or None)
    words = rest.split()
    if words and words[0].startswith("<"):
        draft.flags = tuple(words[0].strip("<>").split(","))
        words = words[1:]
    draft.words = dict(zip(words[::2], words[1::2], strict=False))
    return draft


def _detail(draft: _Draft, words: list[str]) -> None:
    if draft.counted[0]:
        _count(draft, words)
    elif draft.may_have_kind and words and not _NO_KIND.match(words[0]):
        draft.kind = words[0]
    draft.may_have_kind = False
    if len(words) < 2:
        return
    if words[0].startswith("link/"):
        draft.mac = words[1].lower() if words[1].count(":") == 5 else None
        draft.words.update(zip(words[2::2], words[3::2], strict=False))
        draft.may_have_kind = "promiscuity" in draft.words
    elif words[0] in ("inet", "inet6"):
        draft.addresses.append(words[1])
    elif words[0] == "altname":
        draft.alt_names.append(words[1])
    elif words[0] in ("RX:", "TX:"):
        draft.counted = (words[0][:2].lower(), words[1:])


def _count(draft: _Draft, words: list[str]) -> None:
    way, names = draft.counted
    draft.counted = ("", [])
    for name, word in zip(names, words, strict=False):
        count = _number(word) if name in ("errors", "dropped") else None
        if count is not None:
            draft.counters[f"{way}_{name}"] = count


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() and len(word) <= 20 else None


def _link(draft: _Draft, by_name: dict[str, int]) -> Link:
    peer = draft.peer or ""
    peer_ifindex = _number(peer[2:]) if peer[:2] == "if" else None
    return Link(
        name=draft.name,
        ifindex=draft.ifindex,
        flags=draft.flags,
        mtu=_number(draft.words.get("mtu", "")),
        operstate=draft.words.get("state"),
        mac=draft.mac,
        addresses=tuple(draft.addresses),
        master=draft.words.get("master"),
        peer_ifindex=peer_ifindex if peer_ifindex is not None else by_name.get(peer),
        link_netns=draft.words.get("link-netns"),
        link_netnsid=_number(draft.words.get("link-netnsid", "")),
        info_kind=draft.kind,
        alt_names=tuple(draft.alt_names),
        counters=draft.counters or None,
    )
