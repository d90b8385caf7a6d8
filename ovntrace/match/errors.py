"""The one error of the match language: what OVN says, and the place in the text."""

from ovntrace.errors import WrongQuestionError


class MatchError(WrongQuestionError):
    """A match, or a microflow, that OVN does not accept.

    `message` is OVN's own text (lib/lex.c, lib/expr.c), without the prefix that each tool puts
    before it. `text` is what was parsed; `start` and `end` are the offsets in it, in characters,
    of the token or comparison that is to blame (`start == end` at the end of the input).
    """

    def __init__(self, message: str, text: str, start: int, end: int) -> None:
        super().__init__(message)
        self.text = text
        self.start = min(start, len(text))
        self.end = max(self.start, min(end, len(text)))

    @property
    def column(self) -> int:
        """Column of the place in its line, counted from 1."""
        return self.start - self._line_start() + 1

    def caret(self) -> str:
        """The line that is to blame and, below it, carets under the place.

        Control characters are shown as `?`, so that the text can't move the carets.
        """
        first = self._line_start()
        last = self.text.find("\n", first)
        line = self.text[first:] if last < 0 else self.text[first:last]
        shown = "".join(char if char.isprintable() else "?" for char in line)
        length = max(1, min(self.end, first + len(line)) - self.start)
        return f"{shown}\n{' ' * (self.start - first)}{'^' * length}"

    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.start) + 1
