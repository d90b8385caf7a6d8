"""Documents as JSON text."""

import json
from collections.abc import Mapping


def dump(document: Mapping[str, object]) -> str:
    """JSON, indented, in the document's order.

    Everything that is not ASCII is escaped, so no terminal acts on it and a half surrogate (a
    byte that was not UTF-8) survives.
    """
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
