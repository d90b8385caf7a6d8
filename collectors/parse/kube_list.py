"""A list of Kubernetes objects as the API returns it (kind …List, `items`), or one as a file."""

import json
from typing import Any

from ovntrace.model.kube import Object


def parse_kube_list(data: bytes) -> tuple[Object, ...] | str:
    """The objects, or why there are none. What is not an object among the items is left out."""
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {type(error).__name__}"
    items = document.get("items") if isinstance(document, dict) else document
    if not isinstance(items, list):
        return "no list of objects"
    return tuple(item for item in items if isinstance(item, dict))
