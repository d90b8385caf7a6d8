"""A program on a pseudo-terminal."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence

from tests.cli.program import REPOSITORY

OTHER_SCREEN, OWN_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
# All that is ever sent: the screens, the cursor, colours, home, and the end of a line of progress.
_SENT = re.compile(r"\x1b\[(?:\?1049[hl]|\?25[hl]|[0-9;]*m|H|K)")


class Terminal:
    """A program on a terminal of this size."""

    def __init__(
        self, command: Sequence[str], size: tuple[int, int], env: Mapping[str, str]
    ) -> None:
        self._ours, theirs = pty.openpty()
        self.resize(*size)
        self.process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=dict(env),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.got = ""
        # A signal while a program writes can cost a terminal some bytes, whatever the program.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def resize(self, lines: int, columns: int) -> None:
        """As a window manager does it, without the signal."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, limit_s: float) -> bool:
        """Take what comes within the time; False at the end of all."""
        if select.select([self._ours], [], [], limit_s)[0]:
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # EIO: the other end is closed
                return False
            self.got += self._decoder.decode(data)
        return True

    def until(self, words: str, limit_s: float = 5) -> str:
        """All that came until these words did, which is taken away."""
        deadline = time.monotonic() + limit_s
        while words not in self.got:
            left = deadline - time.monotonic()
            assert left > 0, f"{words!r} is not in {self.got!r}"
            assert self.read(left), self.got
        before, _, self.got = self.got.partition(words)
        return before + words

    def end(self, limit_s: float = 5) -> tuple[int, str]:
        """Exit code, and what came until the end."""
        deadline = time.monotonic() + limit_s
        while self.read(0.1):
            assert time.monotonic() < deadline, self.got
        os.close(self._ours)
        return self.process.wait(limit_s), self.got.replace("\r\n", "\n")


def plain(text: str) -> str:
    """Without what moves the terminal."""
    return _SENT.sub("", text)
