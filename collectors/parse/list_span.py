"""Where a value of the tools' notation ends, on its line or some lines below."""

import re
from typing import Final

_EVENT: Final = re.compile(r'["\\\[\]{}]')
_BLANKS: Final = re.compile(r"\s*+")
_SPACE: Final = re.compile(r"\s")


class Span:
    """A value that is being read, line by line: its quotes and brackets say where it ends."""

    __slots__ = ("_depth", "_escaped", "began", "pieces", "quoted", "word")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        """What is of the value so far."""
        self.quoted = False
        """True inside a string."""
        self.word = False
        """True if it is a plain word or number, which ends where its line does."""
        self.began = False
        self._depth = 0
        self._escaped = False

    def feed(self, text: str, at: int) -> int | None:
        """Take from `text` what is of the value; where the rest begins, None if all is."""
        if not self.began:
            at = after_blanks(text, at)
            if at == len(text):
                return None
            self.began = True
            if text[at] not in '"[{':
                self.word = True
                blank = _SPACE.search(text, at)
                self.pieces.append(text[at : blank.start()] if blank else text[at:])
                return blank.start() if blank else None
        end = self._end(text, at)
        self.pieces.append(text[at:end])
        return end

    def _end(self, text: str, at: int) -> int | None:
        after_escape = at + 1 if self._escaped else at
        self._escaped = False
        for event in _EVENT.finditer(text, at):
            place, sign = event.start(), event[0]
            if place < after_escape:
                continue
            if self.quoted:
                if sign == "\\":
                    after_escape = place + 2
                    self._escaped = after_escape > len(text)
                    continue
                self.quoted = sign != '"'
            elif sign == '"':
                self.quoted = True
            elif sign != "\\":
                self._depth += 1 if sign in "[{" else -1
            if not self.quoted and self._depth <= 0:
                return place + 1
        return None


def after_blanks(text: str, at: int) -> int:
    """Where something begins, from `at` on."""
    found = _BLANKS.match(text, at)
    return found.end() if found else at
