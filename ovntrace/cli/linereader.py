"""Lines of a file as they come, in bounded memory."""

import os
from collections.abc import Iterator

from ovntrace.errors import NoAnswerError

_CHUNK = 1 << 16
LONGEST = 1 << 20
"""Bytes of a line that are kept; of a longer one the rest is left out, and so is its end."""


def lines_of(descriptor: int) -> Iterator[list[str]]:
    """Lists of lines: what came at once, so that whoever waits for an answer gets it.

    Lines end with a newline, the last one perhaps without. Bytes that are no UTF-8 become
    surrogates. NoAnswerError if it can't be read.
    """
    rest = b""
    while chunk := _read(descriptor):
        *whole, rest = (rest + chunk).split(b"\n")
        if whole:
            yield [_text(line) for line in whole]
        rest = rest[: LONGEST + 1]
    if rest:
        yield [_text(rest)]


def _text(line: bytes) -> str:
    return line[: LONGEST + 1].decode("utf-8", "surrogateescape")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError as error:
        raise NoAnswerError(f"can't be read: {error.strerror}", place="stdin") from error
