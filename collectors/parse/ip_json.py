"""`ip -j -d -s address` (iproute2's ipaddress.c, print_linkinfo)."""

import json
from typing import Any

from ovntrace.model.links import Link, Links


def parse_ip_json(data: bytes) -> Links | str:
    """The interfaces, or why there are none."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {type(error).__name__}"
    if not isinstance(document, list):
        return "not a list of interfaces"
    links = (_link(item) for item in document if isinstance(item, dict))
    return Links([link for link in links if link is not None])


def _link(item: dict[str, Any]) -> Link | None:
    name, ifindex = item.get("ifname"), item.get("ifindex")
    if not isinstance(name, str) or not isinstance(ifindex, int):
        return None
    return Link(
        name=name,
        ifindex=ifindex,
        flags=_texts(item.get("flags")),
        mtu=_number(item.get("mtu")),
        operstate=_text(item.get("operstate")),
        mac=(_text(item.get("address")) or "").lower() or None,
        addresses=tuple(_addresses(item.get("addr_info"))),
        master=_text(item.get("master")),
        info_kind=_text(_dict(item.get("linkinfo")).get("info_kind")),
        peer_ifindex=_peer(item),
        link_netns=_text(item.get("link_netns")),
        link_netnsid=_number(item.get("link_netnsid")),
        alt_names=_texts(item.get("altnames")),
        counters=_counters(_dict(item.get("stats64"))),
    )


def _peer(item: dict[str, Any]) -> int | None:
    # link_index where the peer is in another namespace, link (a name) where it is in this one.
    found = _number(item.get("link_index"))
    return found if found is not None else None


def _addresses(value: Any) -> list[str]:
    found = []
    for entry in value if isinstance(value, list) else ():
        local, length = _dict(entry).get("local"), _dict(entry).get("prefixlen")
        if isinstance(local, str):
            found.append(f"{local}/{length}" if isinstance(length, int) else local)
    return found


def _counters(stats: dict[str, Any]) -> dict[str, int] | None:
    if not stats:
        return None
    found = {}
    for side in ("rx", "tx"):
        for kind in ("dropped", "errors"):
            value = _number(_dict(stats.get(side)).get(kind))
            if value is not None:
                found[f"{side}_{kind}"] = value
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
