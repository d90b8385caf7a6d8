"""Exec over WebSocket: the v4 and v5 channel protocols of the Kubernetes API.

Each message is binary, its first byte the channel. The server sends stdout, stderr and, last, a
Status on the error channel; the client stdin and terminal sizes. v5 adds a message that closes a
channel, by which stdin can end. (k8s.io/apimachinery/pkg/util/remotecommand.)
"""

import asyncio
import contextlib
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import WSMsgType, web

from tests.lab.api.places import ExecPlace
from tests.lab.api.process import NotStarted, Running, end, exit_code, read_some, start
from tests.lab.api.status import Json, exec_exit_code, exec_success

V5: Final = "v5.channel.k8s.io"
V4: Final = "v4.channel.k8s.io"
STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255

_DRAIN_S: Final = 1.0
_CLOSE_S: Final = 5.0


class Broken(Exception):  # noqa: N818 - no mistake: it was asked for
    """The connection is to end in the middle, as a fault demands."""


class ExecSession:
    """One exec on an upgraded connection."""

    def __init__(
        self, socket: web.WebSocketResponse, *, break_after_bytes: int | None = None
    ) -> None:
        self._socket = socket
        self._left = break_after_bytes
        self._n_sent = 0
        self._n_sending = 0

    async def run(
        self, place: ExecPlace, command: Sequence[str], streams: frozenset[int], *, tty: bool
    ) -> None:
        """Execute and stream until the command ends or the client goes away; raises Broken."""
        # As the API server does: an empty message says that the streams are there.
        await self._send(min(streams - {STDIN}, default=ERROR), b"")
        started = await start(place, command, stdin=STDIN in streams, tty=tty)
        if isinstance(started, NotStarted):
            if started.stderr and STDERR in streams:
                await self._send(STDERR, started.stderr)
            await self.finish(started.status)
            return
        try:
            if await self._stream(started, streams):
                code = exit_code(started.process)
                await self.finish(exec_success() if code == 0 else exec_exit_code(code))
        finally:
            await end(started)

    async def finish(self, status: Json) -> None:
        """The last word, and the connection's end."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            await self._send(ERROR, json.dumps(status).encode())
            await asyncio.wait_for(self._socket.close(), _CLOSE_S)

    async def _stream(self, running: Running, streams: frozenset[int]) -> bool:
        """Did the command end (True), or the client go away before (False)?"""
        incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        ending = asyncio.create_task(self._until_ended(running, streams))
        receiving = asyncio.create_task(self._receive(incoming, running.resize))
        feeding = asyncio.create_task(_feed(running.stdin, incoming))
        try:
            await asyncio.wait({ending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                return False
            with contextlib.suppress(ConnectionError):
                ending.result()
                return True
            return False
        finally:
            for task in (ending, receiving, feeding):
                task.cancel()
            await asyncio.gather(ending, receiving, feeding, return_exceptions=True)

    async def _until_ended(self, running: Running, streams: frozenset[int]) -> None:
        process = running.process
        pumps = [
            asyncio.create_task(self._pump(channel if channel in streams else None, reader))
            for channel, reader in ((STDOUT, running.stdout), (STDERR, running.stderr))
            if reader is not None
        ]
        pending = set(pumps)
        try:
            while pending:
                before = self._n_sent
                done, pending = await asyncio.wait(
                    pending, timeout=_DRAIN_S, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
                # A child in the background may hold the pipes of a command that has ended: what
                # came until now is its output. A client that is slow to take it has its time.
                quiet = not done and self._n_sent == before and not self._n_sending
                if quiet and process.returncode is not None:
                    return
            await process.wait()
        finally:
            for task in pumps:
                task.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, channel: int | None, reader: StreamReader) -> None:
        while data := await read_some(reader):
            if channel is not None:
                await self._send(channel, data)

    async def _send(self, channel: int, data: bytes) -> None:
        whole = True
        if self._left is not None and channel in (STDOUT, STDERR):
            whole = len(data) < self._left
            data = data[: self._left]
            self._left -= len(data)
        self._n_sending += 1
        try:
            await self._socket.send_bytes(bytes((channel,)) + data)  # waits for a slow client
        finally:
            self._n_sending -= 1
        self._n_sent += 1
        if not whole:
            raise Broken

    async def _receive(
        self,
        incoming: "asyncio.Queue[bytes | None]",
        resize: Callable[[int, int], None] | None,
    ) -> None:
        """Put stdin's bytes (None for its end) until the client closes or goes away."""
        async for message in self._socket:
            if message.type not in (WSMsgType.BINARY, WSMsgType.TEXT):
                continue
            data = message.data.encode() if message.type is WSMsgType.TEXT else message.data
            channel, rest = data[:1], data[1:]
            if channel == bytes((STDIN,)) and rest:
                incoming.put_nowait(rest)
            elif channel == bytes((RESIZE,)) and resize is not None:
                with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
                    size = json.loads(rest)
                    resize(int(size["Width"]), int(size["Height"]))
            elif data == bytes((CLOSE, STDIN)) and self._socket.ws_protocol == V5:
                incoming.put_nowait(None)


async def _feed(stdin: StreamWriter | None, incoming: "asyncio.Queue[bytes | None]") -> None:
    """Write what came for stdin; the queue has no limit, so that a client's end is seen at once."""
    # A command that reads no further is no error.
    with contextlib.suppress(ConnectionError):
        while (data := await incoming.get()) is not None:
            if stdin is not None:
                stdin.write(data)
                await stdin.drain()
    if stdin is not None:
        stdin.close()
