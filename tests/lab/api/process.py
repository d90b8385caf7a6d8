"""A container's command as a process group of this machine."""

import asyncio
import contextlib
import os
import shutil
import signal
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.lab.api.places import ExecPlace, Runtime
from tests.lab.api.status import Json, exec_exit_code, exec_internal_error
from tests.lab.api.terminal import start_on_terminal

_WAIT_S: Final = 5.0
_READ_BYTES: Final = 32 * 1024  # what the API server's own copying takes at once


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The runtime could not start the command: what it says on stderr, and the last Status."""

    stderr: bytes
    status: Json


@dataclass(frozen=True, slots=True)
class Running:
    """A command that runs: its streams, and how to tell it a window's size (on a terminal)."""

    process: Process
    stdin: StreamWriter | None
    stdout: StreamReader
    stderr: StreamReader | None
    resize: Callable[[int, int], None] | None = None


async def start(
    place: ExecPlace, command: Sequence[str], *, stdin: bool, tty: bool
) -> Running | NotStarted:
    """The command in its container's place, leader of a session of its own."""
    program = find_program(command[0], place.env.get("PATH", ""))
    if program is None:
        return no_such_program(command[0], place.runtime)
    argv = (*place.argv_prefix, program, *command[1:])
    try:
        return await (_on_terminal(argv, place) if tty else _on_pipes(argv, place, stdin))
    except OSError as error:
        return NotStarted(b"", exec_internal_error(f"error executing command: {error}"))


async def _on_pipes(argv: Sequence[str], place: ExecPlace, stdin: bool) -> Running:
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=PIPE if stdin else DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=dict(place.env),
        start_new_session=True,
    )
    assert process.stdout is not None
    return Running(process, process.stdin, process.stdout, process.stderr)


async def _on_terminal(argv: Sequence[str], place: ExecPlace) -> Running:
    terminal = await start_on_terminal(argv, place.env)
    return Running(terminal.process, terminal.writer, terminal.reader, None, terminal.resize)


def find_program(name: str, path: str) -> str | None:
    """The program that a runtime would start for `name`; None where there is none.

    An empty PATH finds nothing, as in an image without programs.
    """
    if "/" in name:
        return name if shutil.which(name) else None
    return shutil.which(name, path=path) if path else None


def no_such_program(name: str, runtime: Runtime) -> NotStarted:
    """How `runtime` reports a program that the image lacks: as an error, or as an exit code."""
    absent = (
        f'exec: "{name}": stat {name}: no such file or directory'
        if "/" in name
        else f'exec: "{name}": executable file not found in $PATH'
    )
    match runtime:
        case Runtime.CONTAINERD:
            error = (
                "error executing command in container: failed to exec in container: failed to "
                "start exec: OCI runtime exec failed: exec failed: unable to start container "
                f"process: {absent}: unknown"
            )
            return NotStarted(b"", exec_internal_error(error))
        case Runtime.CRIO_RUNC:
            text = f'level=error msg="exec failed: unable to start container process: {absent}"\n'
            return NotStarted(text.encode(), exec_exit_code(255))
        case Runtime.CRIO_CRUN:
            text = f"executable file `{name}` not found in $PATH: No such file or directory\n"
            return NotStarted(text.encode(), exec_exit_code(127))


def exit_code(process: Process) -> int:
    """Its exit code as a container's: 128 and the signal's number for one that was killed."""
    code = process.returncode
    assert code is not None
    return code if code >= 0 else 128 - code


async def end(running: Running) -> None:
    """Kill what is left of its process group, and wait until it is gone."""
    process = running.process
    # The group may outlive its leader, so it is always asked for; ESRCH says it is gone.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # asyncio's wait depends on the pipes' ends too, which it sees only when they are read. A child
    # that left the group may hold them still.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_WAIT_S):
            for reader in (running.stdout, running.stderr):
                while reader is not None and await read_some(reader):
                    pass
            await process.wait()
    if running.stdin is not None:
        running.stdin.close()


async def read_some(reader: StreamReader) -> bytes:
    """The next output, b"" at its end; a terminal's end is an input/output error."""
    try:
        return await reader.read(_READ_BYTES)
    except OSError:
        return b""
