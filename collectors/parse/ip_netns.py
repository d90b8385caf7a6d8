"""`ip -j netns list-id` (ip-netns(8)): the numbers that a namespace gives to others."""

import json
from collections.abc import Mapping
from typing import Any


def parse_ip_netns(data: bytes) -> Mapping[int, str] | str:
    """Names under /run/netns by nsid, or why there are none. A namespace without a name has no
    entry; nothing at all is printed where no namespace has a number."""
    if not data.strip():
        return {}
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {type(error).__name__}"
    if not isinstance(document, list):
        return "not a list of namespaces"
    return {
        item["nsid"]: item["name"]
        for item in document
        if isinstance(item, dict)
        and isinstance(item.get("nsid"), int)
        and isinstance(item.get("name"), str)
    }
