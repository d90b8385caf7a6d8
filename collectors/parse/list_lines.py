"""Lines of `column : value` text put together to fields and rows, as they were printed.

The tools print a name padded to 20 characters, `: `, and the value on one line (no value holds a
line's end: they are escaped). A copy from a terminal may have broken that line at the screen's
width, or joined two; grep parts what it prints by `--` lines and may begin or end inside a row;
people write `....` for what they leave out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from collectors.parse.column_types import all_names
from collectors.parse.list_span import Span, after_blanks

_STRICT = re.compile(r"(?:(?=.{20}: )([A-Za-z_]\w*+) *+|([A-Za-z_]\w{19,}+)): ?")
_STRICT_EMPTY = re.compile(r"(?:(?=.{20}:$)([A-Za-z_]\w*+) *+|([A-Za-z_]\w{19,}+)):$")
# A short cut for what most lines are; the rest of this file reads the same from them.
_SIMPLE = re.compile(r"(?=.{20}: )([A-Za-z_]\w*+) *+: (\[\]|\{\}|[^\s\"\[{]++)\Z")
_LOOSE = re.compile(r"\s*+([A-Za-z_]\w*+)\s*+: ")
_PLAIN = re.compile(r"[\w.-]++\Z")
_LEFT_OUT = re.compile(r"\s*\.{2,}\s*\Z|\s*…\s*\Z")
# Operators of matches and actions, which have blanks around them.
_ASKS_BLANK = re.compile(r"(?:&&|\|\||[;,=<>])\Z")
_AFTER_BLANK = re.compile(r"&&|\|\||[=!<>]=")
_SCREEN: Final = 40
"""No terminal is narrower: a shorter line was not broken at its width."""
_LONGEST: Final = 10_000
"""Characters of a word that is put together from broken lines."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What of a text could not be read, or only with a guess. `line` counts from 1."""

    line: int
    detail: str


@dataclass(slots=True)
class Field:
    """A column's name and its value's text."""

    name: str
    text: str
    line: int
    cut: bool = False


@dataclass(slots=True)
class RawRow:
    """The fields of one row, or of the part of it that is there."""

    line: int
    fields: list[Field] = field(default_factory=list)


def is_heading(line: str) -> bool:
    """Does a field begin on this line, padded as the tools print it?"""
    return _STRICT.match(line) is not None or _STRICT_EMPTY.match(line) is not None


class LineReader:
    """Reads lines when it is made; then the rows are in `rows`."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.rows: list[RawRow] = []
        self.troubles: list[Trouble] = []
        self._row: RawRow | None = None
        self._names: set[str] = set()
        self._open: Span | None = None
        self._field = Field("", "", 0)
        self._word: Field | None = None
        self._last = 0
        self._width = max(map(len, lines), default=0)
        self._n_widest = sum(len(line) == self._width for line in lines)
        for number, line in enumerate(lines, 1):
            self._line(number, line)
            self._last = len(line)
        self.cut = self._open is not None
        """True if the text ends inside a value."""
        self._close(cut=True)
        self._end_row()

    def _line(self, number: int, line: str) -> None:
        if self._open is not None and not self._breaks(line):
            self._continue(number, line)
            return
        if self._open is None and (simple := _SIMPLE.match(line)) is not None:
            self._begin(simple[1], number)
            self._field.text = simple[2]
            self._open = None
            # An empty set or map has its end; a word may go on on the next line.
            self._word = None if simple[2] in ("[]", "{}") else self._field
            return
        self._close(cut=True)
        if not line.strip() or line.strip() == "--" or _LEFT_OUT.match(line):
            self._end_row()
            return
        begun = self._heading(line, 0)
        if begun is not None:
            self._begin(begun[0], number)
            self._value(number, line, begun[1])
        elif self._goes_on(line) and self._word is not None:
            self._word.text += line
        else:
            self._word = None
            self.troubles.append(
                Trouble(number, f"not a column and its value: {line.strip()[:60]}")
            )

    def _breaks(self, line: str) -> bool:
        """Does this line end a value that lacks its end?"""
        return not line.strip() or line.strip() == "--" or is_heading(line)

    def _was_broken(self) -> bool:
        return self._last == self._width >= _SCREEN

    def _continue(self, number: int, line: str) -> None:
        opened = self._open
        assert opened is not None
        if opened.quoted:
            blank = not self._was_broken()
            if blank:
                # Not a terminal's break at its width, so words were wrapped at a blank.
                line = line.lstrip()
            elif self._n_widest == 1:
                # One line only: its length may be by chance that of the longest.
                blank = bool(_ASKS_BLANK.search(opened.pieces[-1][-2:]) or _AFTER_BLANK.match(line))
            if blank:
                opened.pieces.append(" ")
            if blank or self._n_widest == 1:
                detail = f"a string is broken here: taken {'with' if blank else 'without'} a blank"
                self.troubles.append(Trouble(number, detail))
        self._value(number, line, 0)

    def _goes_on(self, line: str) -> bool:
        """Is the line the rest of a word that the screen's width broke?"""
        word = self._word
        return (
            word is not None
            and self._was_broken()
            and len(word.text) < _LONGEST
            and _PLAIN.match(line) is not None
        )

    def _value(self, number: int, line: str, at: int) -> None:
        """A line from inside a value on: where it ends, and the fields that follow on the line."""
        while self._open is not None:
            end = self._open.feed(line, at)
            if end is None:
                if self._open.word or not self._open.began:
                    self._close(cut=False)
                return
            closed = self._field
            self._close(cut=False)
            at = after_blanks(line, end)
            if at == len(line):
                return
            self._word = None
            begun = self._heading(line, at)
            if begun is None:
                closed.cut = True
                self.troubles.append(Trouble(number, f"more than a value in column {closed.name}"))
                return
            self._begin(begun[0], number)
            at = begun[1]

    def _heading(self, line: str, at: int) -> tuple[str, int] | None:
        """A field's name and where its value begins. What the tools did not pad is a field only
        if it is a column that is known, in a row that has begun."""
        found = _STRICT.match(line, at) or _STRICT_EMPTY.match(line, at)
        if found is not None:
            return found[1] or found[2], found.end()
        loose = _LOOSE.match(line, at)
        if loose is None or loose[1] not in all_names():
            return None
        return (loose[1], loose.end()) if self._row is not None or loose[1] == "_uuid" else None

    def _begin(self, name: str, number: int) -> None:
        if self._row is not None and (name == "_uuid" or name in self._names):
            self._end_row()  # the blank line between two rows was lost
        if self._row is None:
            self._row = RawRow(number)
            self._names = set()
        value = Field(name, "", number)
        self._row.fields.append(value)
        self._names.add(name)
        self._open, self._field = Span(), value

    def _close(self, *, cut: bool) -> None:
        opened = self._open
        if opened is None:
            return
        self._field.text = "".join(opened.pieces)
        if cut:
            self._field.cut = True
            detail = f"the value of column {self._field.name} is cut"
            self.troubles.append(Trouble(self._field.line, detail))
        self._word = self._field if opened.word else None
        self._open = None

    def _end_row(self) -> None:
        if self._row is not None:
            self.rows.append(self._row)
        self._row, self._word = None, None
