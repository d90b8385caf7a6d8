"""The lexer: one token at a time, with its place (OVN's lib/lex.c).

It reads each character a fixed number of times, so its time is linear in the text.
"""

from typing import Final

from ovntrace.match import tokens
from ovntrace.match.constants import ConstantError, parse_integer, with_mask
from ovntrace.match.quoting import QuotingError, unquote
from ovntrace.match.tokens import Constant

_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_LETTERS: Final = frozenset(_LOWER + _LOWER.upper() + "_")
_ID_START: Final = _LETTERS | {"."}
_ID_CHARS: Final = _ID_START | frozenset("0123456789")
_DIGITS: Final = frozenset("0123456789")
_ALNUM: Final = (_ID_CHARS - {".", "_"}) | _DIGITS
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_BLANKS: Final = frozenset(" \t\n\r\v\f")
_DOUBLE: Final = frozenset(("==", "!=", "&&", "||", "<=", ">=", "..", "--"))
_SINGLE: Final = frozenset("(){}[]=!<>,;:-")
_END: Final = "\0"

_ALONE: Final = {
    "&": "`&' is only valid as part of `&&'.",
    "|": "`|' is only valid as part of `||'.",
    ".": "`.' is only valid as part of `..' or a number.",
    "/": "`/' is only valid as part of `//' or `/*'.",
}


class Lexer:
    """A text and the token at which the parser is.

    `kind` is one of `tokens`, or the punctuation itself; the token is `text[start:stop]`.
    `word` is an identifier, the name of a set or group without its sigil, a string's content, or
    the message of an error; `constant` is that of an integer.
    """

    __slots__ = ("_padded", "constant", "kind", "start", "stop", "text", "word")

    def __init__(self, text: str) -> None:
        self.text = text
        self._padded = text + _END
        self.kind = tokens.END
        self.start = self.stop = 0
        self.word = ""
        self.constant = _NO_CONSTANT
        self.advance()

    @property
    def token(self) -> str:
        """The token as it stands in the text."""
        return self.text[self.start : self.stop]

    def advance(self) -> None:
        """Go to the next token."""
        text = self._padded
        place = self.stop
        char = text[place]
        if char in _BLANKS or char == "/":
            place = self._skip(place)
            if place < 0:
                return
            char = text[place]
        self.start = place
        if char in _LETTERS:
            self._identifier(place)
        elif text[place : place + 2] in _DOUBLE:
            self._punctuation(text[place : place + 2])
        elif char in _DIGITS or text[place : place + 2] == "::":
            self._integer(place)
        elif char in _SINGLE:
            self._punctuation("<->" if text.startswith("<->", place) else char)
        else:
            self._other(char, place)

    def at_call(self) -> bool:
        """True where the token after the current one is a left parenthesis."""
        if (following := self._padded[self.stop]) == "(":
            return True
        if following not in _BLANKS and following != "/":
            return False
        place, _ = self._after_blanks(self.stop)
        return self._padded[place] == "("

    # --- blanks and comments -------------------------------------------------------------------

    def _skip(self, place: int) -> int:
        """The place of the next token; -1 where an unfinished comment made an error token."""
        place, fault = self._after_blanks(place)
        if not fault:
            return place
        self.start = place
        self.stop = place + 1
        self.kind, self.word = tokens.ERROR, fault
        return -1

    def _after_blanks(self, place: int) -> tuple[int, str]:
        text = self._padded
        while True:
            char = text[place]
            if char in _BLANKS:
                place += 1
            elif char != "/":
                return place, ""
            elif text[place + 1] == "/":
                newline = text.find("\n", place)
                place = len(text) - 1 if newline < 0 else newline
            elif text[place + 1] == "*":
                finish = text.find("*/", place + 2)
                newline = text.find("\n", place + 2)
                if finish < 0 or 0 <= newline < finish:
                    return place, "`/*' without matching `*/'."
                place = finish + 2
            else:
                return place, _ALONE["/"]

    # --- tokens --------------------------------------------------------------------------------

    def _punctuation(self, kind: str) -> None:
        self.kind = kind
        self.stop = self.start + len(kind)

    def _identifier(self, place: int) -> None:
        text = self._padded
        stop = place + 1
        while text[stop] in _ID_CHARS:
            stop += 1
        word = text[place:stop]
        # Addresses that begin with a letter are hex digits followed by a colon; names never are.
        if text[stop] == ":" and _HEX.issuperset(word):
            self._integer(place)
            return
        self.kind, self.word, self.stop = tokens.IDENTIFIER, word, stop

    def _other(self, char: str, place: int) -> None:
        if char == '"':
            self._string(place)
        elif char in "$@":
            self._name(char, place)
        elif char == _END and place >= len(self.text):
            self.kind, self.stop = tokens.END, place
        else:
            self._fault(_ALONE.get(char) or _bad_character(char), place + 1)

    def _fault(self, message: str, stop: int) -> None:
        self.kind, self.word, self.stop = tokens.ERROR, message, stop

    def _name(self, sigil: str, place: int) -> None:
        text = self._padded
        if text[place + 1] not in _ID_START:
            self._fault(f"`{sigil}' must be followed by a valid identifier.", place + 1)
            return
        stop = place + 2
        while text[stop] in _ID_CHARS:
            stop += 1
        self.kind, self.word, self.stop = sigil, text[place + 1 : stop], stop

    def _string(self, place: int) -> None:
        text = self._padded
        stop = place + 1
        while (char := text[stop]) != '"':
            if char == "\\":
                stop += 1
            stop += 1
            if stop >= len(self.text):
                self._fault("Input ends inside quoted string.", len(self.text))
                return
        try:
            self.word = unquote(text[place + 1 : stop])
        except QuotingError as error:
            self._fault(str(error), stop + 1)
            return
        self.kind, self.stop = tokens.STRING, stop + 1

    def _integer(self, place: int) -> None:
        stop = self._end_of_integer(place)
        text = self._padded
        self.kind = tokens.INTEGER
        try:
            constant = parse_integer(text[place:stop])
            if text[stop] == "/":
                place = stop + 1
                stop = self._end_of_integer(place)
                constant = with_mask(constant, parse_integer(text[place:stop]))
                self.kind = tokens.MASKED
        except ConstantError as error:
            self._fault(str(error), stop)
            return
        self.constant, self.stop = constant, stop

    def _end_of_integer(self, place: int) -> int:
        """Where an integer or address ends: before `..`, and before a colon after a dot."""
        text = self._padded
        dotted = False
        while True:
            char = text[place]
            if char in _ALNUM or (char == ":" and not dotted):
                place += 1
            elif char == "." and text[place + 1] != ".":
                dotted = True
                place += 1
            else:
                return place


_NO_CONSTANT: Final = Constant(0, tokens.DECIMAL)


def _bad_character(char: str) -> str:
    """OVN names the first byte of what it does not know; as a signed number, printed with %d."""
    if " " <= char <= "~":
        return f"Invalid character `{char}' in input."
    byte = char.encode("utf-8", "surrogatepass")[0]
    return f"Invalid byte 0x{byte - 256 if byte > 127 else byte} in input."
