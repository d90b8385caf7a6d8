"""limit and continue: a list in pages, with tokens that say after which key to go on."""

import base64
import binascii
import json
from collections.abc import Sequence

from tests.lab.api.status import ApiError
from tests.lab.api.store import Object, key_of


def page(
    items: Sequence[Object], limit: int, token: str, revision: int
) -> tuple[Sequence[Object], str, int]:
    """The items of one page, the token of the next ("" for none), how many remain after it.

    ApiError 400 for a token that is none of ours.
    """
    rest = items
    if token:
        after = _decode(token)
        rest = [item for item in items if key_of(item) > after]
    if limit <= 0 or len(rest) <= limit:
        return rest, "", 0
    shown = rest[:limit]
    return shown, _encode(key_of(shown[-1]), revision), len(rest) - limit


def _encode(key: tuple[str, str], revision: int) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": "\0".join(key)})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(token: str) -> tuple[str, str]:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        namespace, name = json.loads(text)["start"].split("\0")
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        raise ApiError(400, "continue key is not valid: it is none of this server") from None
    return namespace, name
