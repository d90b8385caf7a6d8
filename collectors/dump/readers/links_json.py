"""The text of `ip address` as the JSON of `ip -j address`, which is how links are kept."""

import json
from typing import Any

from collectors.parse.ip_text import parse_ip_text
from ovntrace.model.links import Link


def links_as_json(text: bytes) -> bytes | None:
    """The same interfaces; None if there are none in the text."""
    links = parse_ip_text(text)
    if isinstance(links, str):
        return None
    return json.dumps([_shown(link) for link in links.links]).encode()


def _shown(link: Link) -> dict[str, Any]:
    shown = {
        "ifindex": link.ifindex,
        "ifname": link.name,
        "flags": list(link.flags),
        "mtu": link.mtu,
        "operstate": link.operstate,
        "address": link.mac,
        "addr_info": [_address(address) for address in link.addresses],
        "master": link.master,
        "linkinfo": {"info_kind": link.info_kind} if link.info_kind else None,
        "link_index": link.peer_ifindex,
        "link_netns": link.link_netns,
        "link_netnsid": link.link_netnsid,
        "altnames": list(link.alt_names) or None,
        "stats64": _stats(link),
    }
    return {key: value for key, value in shown.items() if value is not None}


def _stats(link: Link) -> dict[str, dict[str, int]] | None:
    stats: dict[str, dict[str, int]] = {}
    for name, count in (link.counters or {}).items():
        way, _, what = name.partition("_")
        stats.setdefault(way, {})[what] = count
    return stats or None


def _address(address: str) -> dict[str, Any]:
    local, slash, length = address.partition("/")
    if slash and length.isdecimal() and len(length) < 4:
        return {"local": local, "prefixlen": int(length)}
    return {"local": address}
