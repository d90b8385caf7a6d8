"""Something between a client and a server that stops in the middle, as networks do."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Literal

_CHUNK_BYTES = 1 << 16


class Relay:
    """Hands on what comes to `port`; after so many bytes from the server it does `then`: `cut` ends
    both connections, `freeze` hands on nothing more and ends nothing."""

    def __init__(self, port: int, after_bytes: int, then: Literal["cut", "freeze"]) -> None:
        self._target, self._left, self._then = port, after_bytes, then
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self.port: int = self._listener.getsockname()[1]
        self.is_stopped = False

    def __enter__(self) -> "Relay":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in self._open:
            one.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, server]
                for arguments in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK_BYTES):
                if counted:
                    self._left -= len(data)
                if self._left < 0:
                    self.is_stopped = True
                    break
                target.sendall(data)
        if self._left >= 0 or self._then == "cut":
            for one in (source, target):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
