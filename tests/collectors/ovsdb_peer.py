"""A server of OVSDB made by hand, which answers as a test wants it."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from collectors.ovsdb.framing import Documents

Message = dict[str, Any]
Answer = Callable[[socket.socket, Message], None]
SCHEMA: Mapping[str, Any] = {
    "tables": {
        "NB_Global": {"columns": {"options": {}, "name": {}, "ipsec": {}}},
        "ACL": {"columns": {"match": {}, "priority": {}, "log": {}}},
    }
}
ROWS: Mapping[str, list[Message]] = {
    "NB_Global": [{"_uuid": ["uuid", "1"], "name": "", "options": ["map", [["name", "node-1"]]]}],
    "ACL": [{"_uuid": ["uuid", "2"], "match": 'ip4.dst == "}{"', "priority": 7}],
}


def honest(asked: Message) -> Any:
    """The result that a standalone northbound server gives."""
    params = asked["params"]
    if asked["method"] == "list_dbs":
        return ["_Server", "OVN_Northbound"]
    if asked["method"] == "get_schema":
        return SCHEMA
    assert asked["method"] == "transact", asked
    if params[0] == "_Server":
        status = {"name": "OVN_Northbound", "model": "standalone"}
        return [{"rows": [{**status, "connected": True, "leader": True}]}]
    assert all(operation["op"] == "select" for operation in params[1:]), asked
    return [{"rows": ROWS[operation["table"]]} for operation in params[1:]]


def say(to: socket.socket, message: Any) -> None:
    """One message, as it is or as JSON."""
    to.sendall(message if isinstance(message, bytes) else json.dumps(message).encode())


def reply(to: socket.socket, asked: Message, result: Any) -> None:
    """The answer to a request."""
    say(to, {"id": asked["id"], "result": result, "error": None})


def with_rows(rows: Callable[[socket.socket, Message], None]) -> Answer:
    """Honest until rows are asked for."""

    def answer(to: socket.socket, asked: Message) -> None:
        if asked["method"] == "transact" and asked["params"][0] != "_Server":
            rows(to, asked)
        else:
            reply(to, asked, honest(asked))

    return answer


@contextmanager
def peer(answer: Answer, greeting: bytes = b"") -> Iterator[str]:
    """The remote of a server that calls `answer` for each message; it hangs up when that raises
    ConnectionError."""
    listening = socket.create_server(("127.0.0.1", 0))
    accepting = threading.Thread(target=_accept, args=(listening, answer, greeting), daemon=True)
    accepting.start()
    try:
        yield f"tcp:127.0.0.1:{listening.getsockname()[1]}"
    finally:
        # Closed under the thread its number would be another socket's, whose callers it then took.
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()
        listening.close()


def _accept(listening: socket.socket, answer: Answer, greeting: bytes) -> None:
    with suppress(OSError):
        while True:
            connected, _ = listening.accept()
            words = (connected, answer, greeting)
            threading.Thread(target=_serve, args=words, daemon=True).start()


def _serve(connected: socket.socket, answer: Answer, greeting: bytes) -> None:
    documents = Documents()
    with connected, suppress(OSError):
        connected.sendall(greeting)
        while data := connected.recv(65536):
            documents.feed(data)
            while (message := documents.next()) is not None:
                answer(connected, message)
