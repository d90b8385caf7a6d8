"""Clients of the stand-in server for its own tests: plain HTTP, and exec with both streams."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import websocket

from tests.lab.api.exec import ERROR, STDERR, STDOUT, V5
from tests.lab.api.server import ADMIN_CONTEXT, ApiServer


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def tls_of(server: ApiServer) -> ssl.SSLContext:
    """A client's context that trusts this server only."""
    return ssl.create_default_context(cadata=server.ca_pem.decode())


def ask(
    server: ApiServer,
    path: str,
    *,
    context: str = ADMIN_CONTEXT,
    token: str | None = None,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """One request by a context's user, or with `token` ("" sends none)."""
    where = urlsplit(server.url)
    assert where.hostname is not None
    connection = http.client.HTTPSConnection(
        where.hostname, where.port, timeout=20, context=tls_of(server)
    )
    bearer = server.users[context].token if token is None else token
    sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        connection.request(method, path, body=body, headers={**sent, **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.headers.items()), answer.read())
    finally:
        connection.close()


@dataclass(slots=True)
class Output:
    """What an exec gave: its streams, the Status at its end (None where it was cut off)."""

    frames: dict[int, list[bytes]] = field(default_factory=dict)
    status: Any = None

    @property
    def stdout(self) -> bytes:
        """All of stdout."""
        return b"".join(self.frames.get(STDOUT, []))

    @property
    def stderr(self) -> bytes:
        """All of stderr."""
        return b"".join(self.frames.get(STDERR, []))


def open_exec(
    server: ApiServer,
    pod: str,
    command: tuple[str, ...],
    *,
    stdin: bool = False,
    tty: bool = False,
    container: str = "",
    protocol: str = V5,
    context: str = ADMIN_CONTEXT,
) -> websocket.WebSocket:
    """An upgraded connection; websocket.WebSocketBadStatusException where it is refused."""
    namespace, _, name = pod.partition("/")
    query = [("command", word) for word in command]
    query += [("stdout", "true"), ("stderr", "true"), ("stdin", str(stdin).lower())]
    query += [("container", container)] if container else []
    query += [("tty", "true")] if tty else []
    url = f"{server.url}/api/v1/namespaces/{namespace}/pods/{name}/exec?{urlencode(query)}"
    return websocket.create_connection(
        url.replace("https:", "wss:"),
        timeout=20,
        subprotocols=[protocol],
        header={"Authorization": f"Bearer {server.users[context].token}"},
        sslopt={"context": tls_of(server)},
    )


def read_all(socket: websocket.WebSocket) -> Output:
    """Read until the server closes, or the connection ends."""
    output = Output()
    while True:
        try:
            opcode, data = socket.recv_data()
        except (websocket.WebSocketException, OSError):
            return output
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return output
        if data[0] == ERROR:
            output.status = json.loads(data[1:])
        else:
            output.frames.setdefault(data[0], []).append(data[1:])
