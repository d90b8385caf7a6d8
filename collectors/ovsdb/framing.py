"""Where one JSON document ends and the next begins: OVSDB sends them one after the other, without
a length and with nothing between (RFC 7047, section 4)."""

import json
import re
from typing import Any, Final

# Up to the next brace that is in no string. Possessive: what can't match fails at once.
_TO_BRACE: Final = re.compile(rb'(?:[^{}"]++|"(?:[^"\\]++|\\.)*+")*+([{}])', re.DOTALL)
_BLANK: Final = 16  # blanks that may follow a document, of a server that sends some


class NoDocumentError(Exception):
    """What came is no JSON object: another protocol speaks here. `head` is what it said."""

    def __init__(self, head: bytes) -> None:
        super().__init__(head)
        self.head = head


class Documents:
    """Bytes in, whole JSON objects out. Where one ends is told by its braces only."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._at = 0  # up to here the braces of the first document are counted
        self._depth = 0
        self._was_tried = False

    def feed(self, data: bytes) -> None:
        """Take what came from the socket."""
        self._held += data

    @property
    def is_empty(self) -> bool:
        """True if no part of a document waits."""
        return not self._held.strip()

    def next(self) -> dict[str, Any] | None:
        """The next whole document; None if more must come. Raises NoDocumentError if it can be
        none, ValueError or RecursionError if it has braces as an object has, and is none."""
        held = self._held
        if self._at == 0:
            self._begin()
        # Whatever has come, the last byte of a document is among it only if it comes as the last:
        # a server does not stop in the middle of the next.
        if not held[-_BLANK:].rstrip().endswith(b"}"):
            return None
        whole = self._whole()
        if whole is not None:
            self._forget(len(held))
            return whole
        # `match`, not `search`: a brace that stands in a string which has not ended is none.
        while (match := _TO_BRACE.match(held, self._at)) is not None:
            self._at = match.end()
            self._depth += 1 if match[1] == b"{" else -1
            if self._depth == 0:
                break
        if self._depth or self._at == 0:
            return None
        document = bytes(held[: self._at])
        self._forget(self._at)
        return _object(document)

    def _whole(self) -> dict[str, Any] | None:
        """All that is held as one document, which a large answer mostly is when its last byte has
        come; to find that out is cheaper than to look at its braces one by one."""
        held = self._held
        if self._was_tried or held.count(b"{") != held.count(b"}"):
            return None
        self._was_tried = True
        try:
            return _object(bytes(held))
        except (ValueError, RecursionError):
            return None

    def _forget(self, size: int) -> None:
        del self._held[:size]
        self._at = self._depth = 0
        self._was_tried = False

    def _begin(self) -> None:
        held = self._held
        if held[:1].isspace():
            del held[: len(held) - len(held.lstrip())]
        if held and not held.startswith(b"{"):
            raise NoDocumentError(bytes(held[:80]))


def _object(document: bytes) -> dict[str, Any]:
    """Raises ValueError for what is no JSON."""
    found: dict[str, Any] = json.loads(document.decode())
    return found
