"""Servers that answer oddly, slowly, too much or not at all: one clear line each, in time."""

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from collectors.artifacts import BY_NAME, NB_TABLES
from collectors.ovsdb import Ovsdb, connection, sources_of
from collectors.parse.tables import parse_tables
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.ovsdb_peer import ROWS, Answer, Message, honest, peer, reply, say, with_rows

NODE = Target(node="n")
NB = BY_NAME["nb"]


def read(remote: str, timeout_s: float = 5.0, **options: Any) -> Capture | Missing:
    collector = Ovsdb(sources_of([f"n:nb={remote}"]), **options)
    try:
        return collector.fetch(NODE, NB, timeout_s)
    finally:
        collector.close()


def failure(answer: Answer, greeting: bytes = b"", timeout_s: float = 5.0) -> Missing:
    with peer(answer, greeting) as remote:
        got = read(remote, timeout_s)
    assert isinstance(got, Missing), got
    assert "\n" not in got.detail
    assert got.detail.startswith(remote), got.detail
    return got


def plain(to: socket.socket, asked: Message) -> None:
    reply(to, asked, honest(asked))


def check_rows(got: Capture | Missing) -> None:
    assert isinstance(got, Capture), got
    database, _ = parse_tables(got.data, NB_TABLES)
    [acl] = database.table("ACL")
    assert (acl.uuid, acl.text("match"), acl.number("priority")) == ("2", 'ip4.dst == "}{"', 7)
    # A table that this schema has not is not there; a column neither.
    assert not database.has("Load_Balancer")
    assert set(database.table("ACL").columns) == {"_uuid", "match", "priority"}


def test_an_honest_server_is_read() -> None:
    seen: list[Message] = []

    def answer(to: socket.socket, asked: Message) -> None:
        seen.append(asked)
        plain(to, asked)

    with peer(answer) as remote:
        check_rows(read(remote))
    assert [m["method"] for m in seen] == ["list_dbs", "transact", "get_schema", "transact"]
    operations = [op for m in seen if m["method"] == "transact" for op in m["params"][1:]]
    assert {op["op"] for op in operations} == {"select"}
    # Nothing is asked for that the schema does not have, or that nobody needs.
    asked = {op["table"]: set(op["columns"]) for op in operations[1:]}
    assert asked == {
        "NB_Global": {"_uuid", "name", "options"},
        "ACL": {"_uuid", "match", "priority"},
    }


def test_echo_is_answered_and_other_words_are_passed_over() -> None:
    heard: list[Message] = []
    was_heard = threading.Event()

    def rows(to: socket.socket, asked: Message) -> None:
        say(to, {"id": "echo", "method": "echo", "params": ["alive?"]})
        say(to, {"id": None, "method": "update", "params": [None, {}]})
        say(to, {"id": 999, "result": [], "error": None})
        assert was_heard.wait(5)
        # Half an answer, and an echo request right behind its end.
        text = json.dumps({"id": asked["id"], "result": honest(asked), "error": None}).encode()
        say(to, text[:50])
        time.sleep(0.05)
        say(to, text[50:] + b'\n {"id":"e2","method":"echo","params":[]}')

    inner = with_rows(rows)

    def answer(to: socket.socket, asked: Message) -> None:
        if "method" not in asked:
            heard.append(asked)
            was_heard.set()
            return
        threading.Thread(target=inner, args=(to, asked), daemon=True).start()

    with peer(answer) as remote:
        check_rows(read(remote))
    assert heard[0] == {"id": "echo", "result": ["alive?"], "error": None}


def hang_up(_to: socket.socket, _asked: Message) -> None:
    raise ConnectionError


def cut(to: socket.socket, asked: Message) -> None:
    text = json.dumps({"id": asked["id"], "result": honest(asked), "error": None}).encode()
    say(to, text[:-9])
    raise ConnectionError


def result(made: Any) -> Callable[[socket.socket, Message], None]:
    return lambda to, asked: reply(to, asked, made)


def _error(to: socket.socket, asked: Message) -> None:
    say(to, {"id": asked["id"], "result": None, "error": {"error": "not allowed", "details": "ro"}})


@pytest.mark.parametrize(
    ("rows", "reason", "words"),
    [
        (hang_up, Reason.UNREACHABLE, "hung up without an answer"),
        (cut, Reason.TRUNCATED, "hung up in the middle"),
        (_error, Reason.UNPARSABLE, "refuses to read: not allowed: ro"),
        (result(None), Reason.UNPARSABLE, "fewer tables"),
        (result([]), Reason.UNPARSABLE, "fewer tables"),
        (result([{"rows": ROWS["NB_Global"]}]), Reason.UNPARSABLE, "fewer tables"),
        (result([{"error": "x", "details": "y\nz"}, None]), Reason.UNPARSABLE, "read: x: y z"),
        (result([{"rows": [1]}, {"rows": []}]), Reason.UNPARSABLE, "NB_Global can't be read"),
        (result([{"rows": {}}, {"rows": []}]), Reason.UNPARSABLE, "NB_Global can't be read"),
        (lambda to, _: say(to, b'{"id":3,"result":[}'), Reason.UNPARSABLE, "not JSON"),
        (lambda to, _: say(to, b'{"id":3,"result":"\xff"}'), Reason.UNPARSABLE, "not JSON"),
        (
            lambda to, _: say(to, b'{"id":3,"result":' + b"[" * 100_000 + b"}"),
            Reason.UNPARSABLE,
            "not JSON",
        ),
        (lambda to, _: say(to, b"]oops"), Reason.UNPARSABLE, "it says ']oops'"),
    ],
)
def test_rows_that_do_not_come(rows: Answer, reason: Reason, words: str) -> None:
    got = failure(with_rows(rows))
    assert (got.reason, words in got.detail) == (reason, True), got
    assert got.reason.changes_exit_code


@pytest.mark.parametrize(
    ("method", "made", "words"),
    [
        ("list_dbs", ["_Server", "OVN_Southbound"], "it has OVN_Southbound"),
        ("list_dbs", [], "it has no database"),
        ("list_dbs", {"a": 1}, "does not tell its databases"),
        ("get_schema", {"tables": []}, "does not tell the schema"),
        ("get_schema", 7, "does not tell the schema"),
    ],
)
def test_another_database_or_an_odd_one(method: str, made: Any, words: str) -> None:
    def answer(to: socket.socket, asked: Message) -> None:
        reply(to, asked, made if asked["method"] == method else honest(asked))

    got = failure(answer)
    assert words in got.detail
    assert got.hint == ("was sb= meant?" if "Southbound" in words else "")


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "it says 'SSH-2.0-OpenSSH_9.2'"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "it says 'HTTP/1.1 400 Bad Request'"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "no OVSDB server"),
    ],
)
def test_another_protocol(greeting: bytes, words: str) -> None:
    got = failure(lambda _to, _asked: None, greeting)
    assert got.reason is Reason.UNPARSABLE
    assert words in got.detail


def _trickle(to: socket.socket, _asked: Message) -> None:
    say(to, b'{"id":3,"result":[')
    while True:
        say(to, b"{},")
        time.sleep(0.01)


def _echoes(to: socket.socket, _asked: Message) -> None:
    while True:
        say(to, b'{"id":1,"method":"echo","params":[]}')


@pytest.mark.parametrize("rows", [lambda _to, _asked: None, _trickle, _echoes])
def test_one_that_never_ends_is_left_in_time(rows: Answer) -> None:
    began = time.monotonic()
    got = failure(with_rows(rows), timeout_s=0.5)
    assert time.monotonic() - began < 3
    assert (got.reason, got.hint) == (Reason.TIMEOUT, "try a longer --timeout")


def test_an_endless_answer_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_REPLY_BYTES", 3_000_000)

    def endless(to: socket.socket, _asked: Message) -> None:
        say(to, b'{"id":3,"result":"')
        while True:
            say(to, b"}{" * 50_000)

    got = failure(with_rows(endless))
    assert (got.reason, "more than is read" in got.detail) == (Reason.TRUNCATED, True)


def test_close_ends_what_waits() -> None:
    waits = threading.Event()
    results: list[Capture | Missing] = []

    def silent(_to: socket.socket, _asked: Message) -> None:
        waits.set()

    with peer(silent) as remote:
        collector = Ovsdb(sources_of([f"n:nb={remote}"]))
        thread = threading.Thread(target=lambda: results.append(collector.fetch(NODE, NB, 60)))
        thread.start()
        assert waits.wait(5)
        collector.close()
        thread.join(5)
        [got] = results
        assert isinstance(got, Missing)
        assert (got.reason, "stopped" in got.detail) == (Reason.UNREACHABLE, True)
        late = collector.fetch(Target(node="n"), BY_NAME["nb"], 5)
        assert isinstance(late, Missing)


def test_the_first_dead_server_leaves_time_for_the_next() -> None:
    with peer(lambda _to, _asked: None) as dead, peer(plain) as living:
        check_rows(read(f"{dead},{living}", timeout_s=2))


def test_all_dead_servers_are_named() -> None:
    with peer(hang_up) as one:
        got = read(f"{one},tcp:127.0.0.1:1,unix:/nowhere/nb.sock")
    assert isinstance(got, Missing)
    assert got.reason is Reason.UNREACHABLE
    assert got.detail == (
        f"none of 3 servers: {one}: the server hung up without an answer; "
        "tcp:127.0.0.1:1: connection refused; unix:/nowhere/nb.sock: no such file or directory"
    )
    assert "ovsdb-server running" in got.hint


def test_one_read_serves_all_nodes_of_a_central_database() -> None:
    reads = []

    def answer(to: socket.socket, asked: Message) -> None:
        if asked["method"] == "transact" and len(asked["params"]) > 2:
            reads.append(asked)
        plain(to, asked)

    with peer(answer) as remote:
        words = [f"nb={remote}", "a:ovs=unix:/nowhere/a", "b:ovs=unix:/nowhere/b"]
        ROWS["NB_Global"][0]["options"] = ["map", [["name", "global"]]]
        try:
            collector = Ovsdb(sources_of(words))
            assert collector.can_run() is None
            assert collector.nodes() == ("a", "b")
            found = [collector.fetch(Target(node=node), NB, 5) for node in collector.nodes()]
        finally:
            ROWS["NB_Global"][0]["options"] = ["map", [["name", "node-1"]]]
    captures = [one for one in found if isinstance(one, Capture)]
    assert [one.target.node for one in captures] == ["a", "b"]
    assert captures[0].data is captures[1].data
    assert len(reads) == 1
