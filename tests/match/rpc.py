"""JSON-RPC 1.0 over a unix socket: what OVSDB and the daemons' control sockets both speak."""

import codecs
import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.closed_at_end import ClosedAtEnd

_CHUNK = 1 << 20
_WINDOW = 64


class RpcError(Exception):
    """The other side closed the connection or did not answer in time."""


class Rpc(ClosedAtEnd):
    """One connection; requests may be sent in numbers before their answers are read."""

    def __init__(self, path: Path, timeout_s: float = 20.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout_s)
        _connect(self._socket, path, timeout_s)
        self._decoder = json.JSONDecoder()
        self._buffer = ""
        # A character may be cut in two by the end of what was read.
        self._characters = codecs.getincrementaldecoder("utf-8")("surrogatepass")

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def call(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        """One request and its answer: {"result": …, "error": …}."""
        return self.calls(method, [params])[0]

    def calls(self, method: str, requests: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """Many requests, and their answers in the same order."""
        answers: list[dict[str, Any]] = []
        for first in range(0, len(requests), _WINDOW):
            window = requests[first : first + _WINDOW]
            lines = [
                json.dumps({"method": method, "params": list(params), "id": number})
                for number, params in enumerate(window)
            ]
            self._send("".join(lines).encode())
            answers += [self._answer() for _ in window]
        return answers

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise RpcError(str(error)) from None

    def _answer(self) -> dict[str, Any]:
        while True:
            if self._buffer:
                try:
                    found, end = self._decoder.raw_decode(self._buffer)
                except ValueError:
                    pass
                else:
                    self._buffer = self._buffer[end:].lstrip()
                    assert isinstance(found, dict)
                    return found
            self._read()

    def _read(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            raise RpcError("no answer in time") from None
        except OSError as error:
            raise RpcError(str(error)) from None
        if not data:
            raise RpcError("connection closed")
        self._buffer += self._characters.decode(data)


def _connect(client: socket.socket, path: Path, timeout_s: float) -> None:
    """Connect to a server that may be starting: its socket is missing, or nobody listens yet."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            client.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > end:
                raise RpcError(f"{path.name}: nobody listens after {timeout_s:g} s") from None
            time.sleep(0.005)
        else:
            return
