"""A command as an SSH server takes it: one text, which the login shell there reads.

That shell may say something of its own first (a .bashrc that prints). So a mark that nobody can
guess is printed on both streams before the command, and what comes before it is not the command's.
"""

import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

_MARK_BYTES = 16
# Of what a shell said instead of running the command.
_MOST_SAID = 4096
# Of what a shell says before a command, on each stream.
_MOST_NOISE = 1 << 20


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The text, and the mark in it."""

    text: str
    mark: str


@dataclass(frozen=True, slots=True)
class Streams:
    """What the command wrote. `ran` is False where the mark never came: then they are what the
    login shell said."""

    ran: bool
    stdout: bytes
    stderr: bytes


def command_line(argv: Sequence[str], mark: str = "") -> CommandLine:
    """Each argument is one word to any POSIX shell, whatever is in it.

    Raises ValueError for a NUL, which no argument can hold.
    """
    if any("\0" in word for word in argv):
        raise ValueError("an argument has a NUL in it")
    mark = mark or f"ovntrace-{secrets.token_hex(_MARK_BYTES)}"
    # The tools' messages are read to tell one failure from another: no translations. The shell
    # stays until the end: it makes an exit code of a signal, which SSH's library drops.
    text = (
        f"LC_ALL=C; export LC_ALL; printf '%s\\n' {mark}; printf '%s\\n' {mark} >&2; "
        f"{shlex.join(argv)}; exit $?"
    )
    return CommandLine(text, mark)


def streams_of(line: CommandLine, stdout: Sequence[bytes], stderr: Sequence[bytes]) -> Streams:
    """Both streams, as they came in pieces, without what came before the mark."""
    mark = f"{line.mark}\n".encode()
    out = _after(mark, stdout)
    if out is None:
        return Streams(False, b"".join(stdout)[:_MOST_SAID], b"".join(stderr)[-_MOST_SAID:])
    said = _after(mark, stderr)
    return Streams(True, out, b"".join(stderr) if said is None else said)


def _after(mark: bytes, pieces: Sequence[bytes]) -> bytes | None:
    """What follows the mark; None if it is not there. Large output is copied once only."""
    head = b""
    for number, piece in enumerate(pieces):
        head += piece
        at = head.find(mark)
        if at >= 0:
            return b"".join((head[at + len(mark) :], *pieces[number + 1 :]))
        if len(head) > _MOST_NOISE:
            break
    return None
