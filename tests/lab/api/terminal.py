"""A pseudo-terminal for a command that was asked for with tty."""

import asyncio
import fcntl
import os
import struct
import sys
import termios
from asyncio import StreamReader, StreamReaderProtocol, StreamWriter
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Run in the child: the terminal (fd 0) becomes its session's own, so that Ctrl-C is a signal. A
# program of its own, as Python code between fork and exec is not safe beside threads.
_TAKE_TERMINAL: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A command on its terminal: both its output streams are one."""

    process: Process
    reader: StreamReader
    writer: StreamWriter

    def resize(self, width: int, height: int) -> None:
        """Tell the command the size of the client's window."""
        size = struct.pack("HHHH", height & 0xFFFF, width & 0xFFFF, 0, 0)
        fcntl.ioctl(self.writer.get_extra_info("pipe").fileno(), termios.TIOCSWINSZ, size)


async def start_on_terminal(argv: Sequence[str], env: Mapping[str, str]) -> Terminal:
    """Start `argv` (an absolute path first) as leader of a session with a terminal; OSError."""
    ours, theirs = os.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-ISc",
            _TAKE_TERMINAL,
            *argv,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=dict(env),
            start_new_session=True,
        )
    except OSError:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    loop = asyncio.get_running_loop()
    reader = StreamReader()
    protocol = StreamReaderProtocol(reader)
    to_command = os.fdopen(os.dup(ours), "wb", 0)
    await loop.connect_read_pipe(lambda: protocol, os.fdopen(ours, "rb", 0))
    transport, flow = await loop.connect_write_pipe(
        lambda: StreamReaderProtocol(StreamReader()), to_command
    )
    return Terminal(process, reader, StreamWriter(transport, flow, None, loop))
