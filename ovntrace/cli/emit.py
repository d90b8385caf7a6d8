"""The one place that writes to stdout, and so the one that meets its broken pipe."""

import os
import sys

from ovntrace.errors import NoAnswerError

# What stands for our own signs where stdout's encoding has none of them.
_ASCII = str.maketrans(
    {"✓": "+", "✗": "x", "├": "|", "└": "`", "│": "|", "─": "-", "…": "...", "→": "->"}
)


class _Stdout:
    """Whether anything was written, and whether the reader has gone."""

    def __init__(self) -> None:
        self.used = False
        self.gone = False


_stdout = _Stdout()


def emit(text: str) -> None:
    """Write an answer to stdout.

    A reader that has gone (`| head`, a closed stdout) is no error: the rest is dropped without a
    word, and the exit code stays the answer's own. NoAnswerError if it can't be written otherwise
    (a full disk).
    """
    stream = sys.stdout
    if stream is None or _stdout.gone or not text:
        return
    _stdout.used = True
    data = _encoded(text, stream.encoding or "utf-8")
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.flush()
    except BrokenPipeError:
        _stdout.gone = True
        _silence()
    except OSError as error:
        _silence()
        raise NoAnswerError(
            f"the answer could not be written: {error.strerror}", place="stdout"
        ) from error


def has_spoken() -> bool:
    """True once something was written to stdout: an error must not follow it there."""
    return _stdout.used


def is_heard() -> bool:
    """False once the reader of stdout has gone: an answer without end may stop."""
    return not _stdout.gone


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "backslashreplace")


def _silence() -> None:
    """Point stdout at /dev/null: what is still buffered is flushed there at exit, quietly."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):
        # No such descriptor any more: nothing is left that could complain.
        return
