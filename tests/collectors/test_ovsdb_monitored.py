"""Tables that a server made by hand tells, changes, hides and takes away."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from collectors.ovsdb.monitored import Monitored
from collectors.ovsdb.remote import Source, sources_of
from collectors.ovsdb.server import Servers
from collectors.ovsdb.trouble import OvsdbTroubleError
from ovntrace.model.capture import Reason
from tests.collectors.ovsdb_peer import Message, peer, say
from tests.collectors.ovsdb_teller import Rows, Teller

TABLES = ("NB_Global", "ACL", "Nowhere")


def acl(priority: int, match: str = "ip4") -> dict[str, Any]:
    return {"match": match, "priority": priority}


def server_of(acls: Rows, **status: Any) -> Teller:
    return Teller({"ACL": acls}, **status)


class Watched:
    """A monitor of one source, and how often it told something."""

    def __init__(
        self, servers: Servers, source: Source, timeout_s: float, silence_s: float
    ) -> None:
        self.n_told = 0
        self.monitored = Monitored(
            servers, source, TABLES, self._told, timeout_s=timeout_s, silence_s=silence_s
        )

    def _told(self) -> None:
        self.n_told += 1

    def acls(self) -> dict[str, int]:
        """Priorities by uuid."""
        _, found = self.monitored.read(5)
        at = list(found["ACL"].columns)
        assert at[0] == "_uuid"
        return {row["_uuid"][1]: row["priority"] for row in found["ACL"].rows}

    def until(self, is_so: Callable[[], bool], limit_s: float = 5) -> None:
        deadline = time.monotonic() + limit_s
        while not is_so():
            assert time.monotonic() < deadline, (self.acls(), self.monitored.lost)
            time.sleep(0.005)

    def has(self, acls: dict[str, int]) -> None:
        self.until(lambda: self.acls() == acls)


@contextmanager
def watched(
    *answers: Any, timeout_s: float = 5, silence_s: float = 5, leader_only: bool = True
) -> Iterator[Watched]:
    """Servers of one database, in this order."""

    def no_tls() -> Any:
        raise AssertionError

    servers = Servers(no_tls, leader_only=leader_only)
    remotes = [peer(answer) for answer in answers]
    try:
        words = ",".join(remote.__enter__() for remote in remotes)
        [source] = sources_of([f"n1:nb={words}"])
        yield Watched(servers, source, timeout_s, silence_s)
    finally:
        servers.close()
        for remote in remotes:
            remote.__exit__(None, None, None)


def test_the_first_rows_are_those_that_are_there() -> None:
    server = server_of({"a": acl(1), "b": acl(2)})
    with watched(server) as seen:
        remote, found = seen.monitored.read(5)
        assert str(remote).startswith("tcp:127.0.0.1:")
        # A table without a row is one, and a table that the schema does not have is none.
        assert set(found) == {"NB_Global", "ACL"}
        assert (list(found["NB_Global"].rows), seen.acls()) == ([], {"a": 1, "b": 2})
        assert seen.monitored.lost is None
    [asked] = server.monitored
    assert asked["params"][2]["ACL"] == {"columns": ["priority", "match"]}


def test_changes_are_told() -> None:
    server = server_of({"a": acl(1)})
    with watched(server) as seen:
        seen.has({"a": 1})
        before = seen.n_told
        server.update(ACL={"b": {"new": acl(5)}})
        seen.has({"a": 1, "b": 5})
        server.update(ACL={"b": {"old": {"priority": 5}, "new": acl(6)}})
        seen.has({"a": 1, "b": 6})
        server.update(ACL={"a": {"old": acl(1)}})
        seen.has({"b": 6})
        # Another table's, another monitor's, and an answer that nobody waits for.
        server.update(Others={"x": {"new": {}}})
        server.update("Other", ACL={"x": {"new": acl(1)}})
        server.tell({"id": 77, "result": {}, "error": None})
        server.update(ACL={"c": {"new": acl(7)}})
        seen.has({"b": 6, "c": 7})
        assert seen.n_told >= before + 4


def test_no_read_sees_half_an_update() -> None:
    """Two tables that one transaction changes, again and again."""
    server = server_of({"a": acl(0)})
    with watched(server) as seen:
        seen.has({"a": 0})
        ended = threading.Event()

        def change() -> None:
            for number in range(1, 400):
                rows = {"g": {"new": {"name": str(number)}}}
                many = {f"a{i}": {"new": acl(number)} for i in range(20)}
                server.update(NB_Global=rows, ACL={"a": {"new": acl(number)}, **many})
            ended.set()

        threading.Thread(target=change, daemon=True).start()
        seen_numbers = set()
        while not ended.is_set() or 399 not in seen_numbers:
            _, found = seen.monitored.read(5)
            numbers = {row["priority"] for row in found["ACL"].rows}
            names = {int(row["name"]) for row in found["NB_Global"].rows} or {0}
            assert numbers == names
            assert len(numbers) == 1
            seen_numbers |= numbers
        assert len(seen_numbers) > 1


def test_a_server_that_restarts_is_met_again_with_other_rows() -> None:
    server = server_of({"a": acl(1)})
    with watched(server) as seen:
        seen.has({"a": 1})
        server.tables = {"ACL": {"b": acl(2)}}
        server.hang_up()
        # What it had is there meanwhile, and then what it has.
        seen.has({"b": 2})
        seen.until(lambda: seen.monitored.lost is None)
        server.update(ACL={"c": {"new": acl(3)}})
        seen.has({"b": 2, "c": 3})


def test_while_it_is_away_its_last_rows_stay_and_it_is_lost() -> None:
    server = server_of({"a": acl(1)})
    with watched(server, timeout_s=0.2) as seen:
        seen.has({"a": 1})
        server.is_silent = True
        server.hang_up()
        seen.until(lambda: seen.monitored.lost is not None)
        lost = seen.monitored.lost
        assert lost is not None
        assert lost.reason in (Reason.UNREACHABLE, Reason.TIMEOUT)
        assert seen.acls() == {"a": 1}
        server.is_silent = False
        seen.until(lambda: seen.monitored.lost is None)


def test_silence_is_found_out() -> None:
    server = server_of({"a": acl(1)})
    with watched(server, timeout_s=0.2, silence_s=0.1) as seen:
        seen.has({"a": 1})
        # It is asked again and again, and as long as it answers all is well.
        time.sleep(0.5)
        assert seen.monitored.lost is None
        assert len(server.monitored) == 1
        server.is_silent = True
        seen.until(lambda: seen.monitored.lost is not None)
        assert "fallen silent" in str(seen.monitored.lost) or "no answer" in str(
            seen.monitored.lost
        )


def test_who_writes_slowly_is_not_silent() -> None:
    server = server_of({"a": acl(1)})
    with watched(server, timeout_s=0.3, silence_s=0.1) as seen:
        seen.has({"a": 1})
        tables = {"ACL": {"b": {"new": acl(2)}}}
        message = {"id": None, "method": "update", "params": ["OVN_Northbound", tables]}
        for piece in _pieces(message):
            server.tell(piece)
            time.sleep(0.03)
        seen.has({"a": 1, "b": 2})
        assert len(server.monitored) == 1


def _pieces(message: Any) -> list[bytes]:
    text = json.dumps(message).encode()
    return [text[at : at + 6] for at in range(0, len(text), 6)]


def test_a_leader_that_steps_down_is_left_for_the_next() -> None:
    clustered: dict[str, Any] = {"model": "clustered", "leader": True}
    first, second = server_of({"a": acl(1)}, **clustered), server_of({"a": acl(2)}, **clustered)
    with watched(first, second) as seen:
        seen.has({"a": 1})
        first.status = {**first.status, "leader": False}
        first.update("_Server", Database={"d": {"new": first.status}})
        seen.has({"a": 2})
        assert seen.monitored.lost is None
        # It is the first from now on.
        second.hang_up()
        seen.until(lambda: len(second.monitored) == 2)
        assert len(first.monitored) == 1


def test_any_server_will_do_where_that_is_said() -> None:
    server = server_of({"a": acl(1)}, model="clustered", leader=True)
    with watched(server, leader_only=False) as seen:
        seen.has({"a": 1})
        server.update("_Server", Database={"d": {"new": {**server.status, "leader": False}}})
        server.update(ACL={"b": {"new": acl(2)}})
        seen.has({"a": 1, "b": 2})
        # Who has lost the others does not know what he does not know.
        server.status = {**server.status, "connected": False}
        server.update("_Server", Database={"d": {"new": server.status}})
        seen.until(lambda: seen.monitored.lost is not None)


BAD_UPDATES: Sequence[Any] = (
    {"id": None, "method": "update", "params": None},
    {"id": None, "method": "update", "params": ["OVN_Northbound"]},
    {"id": None, "method": "update", "params": ["OVN_Northbound", []]},
    {"id": None, "method": "update", "params": ["OVN_Northbound", {"ACL": []}]},
    {"id": None, "method": "update", "params": ["OVN_Northbound", {"ACL": {"a": None}}]},
    {"id": None, "method": "update", "params": ["_Server", {"Database": 7}]},
    b"[]",
    b'{"method": }',
)


@pytest.mark.parametrize("bad", BAD_UPDATES, ids=str)
def test_updates_that_are_none(bad: Any) -> None:
    """What it tells is not believed: it is asked for all rows again, not too often."""
    server = server_of({"a": acl(1)})
    with watched(server) as seen:
        seen.has({"a": 1})
        server.tables = {"ACL": {"a": acl(2)}}
        server.tell(bad)
        seen.has({"a": 2})
        assert len(server.monitored) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"id": None, "method": "steal", "params": [1]},
        {"id": None, "method": "update", "params": ["Other", {}]},
        {"id": None, "method": "update", "params": ["OVN_Northbound", {"ACL": {"a": {"new": 7}}}]},
        {"id": "echo", "result": None, "error": "no"},
    ],
    ids=str,
)
def test_what_is_odd_ends_nothing(odd: Any) -> None:
    server = server_of({"a": acl(1)})
    with watched(server) as seen:
        seen.has({"a": 1})
        server.tell(odd)
        server.update(ACL={"a": {"new": acl(1)}, "z": {"new": acl(9)}})
        seen.has({"a": 1, "z": 9})
        assert len(server.monitored) == 1


def test_a_server_that_tells_nonsense_for_ever_is_not_asked_without_pause() -> None:
    class Mad(Teller):
        def answer_monitor(self, to: socket.socket, asked: Message) -> None:
            super().answer_monitor(to, asked)
            self.tell(BAD_UPDATES[0])

    server = Mad({"ACL": {"a": acl(1)}})
    with watched(server) as seen:
        seen.has({"a": 1})
        time.sleep(1.2)
        assert 2 <= len(server.monitored) <= 5  # after 0.1, 0.2, 0.4 and 0.8 s
        assert "changes that are none" in str(seen.monitored.lost)


def test_a_change_before_the_answer_is_not_lost() -> None:
    """It stops to be the leader while the rows are still awaited."""

    class Hasty(Teller):
        def answer_monitor(self, to: socket.socket, asked: Message) -> None:
            self.listeners.append(to)
            self.status = {**self.status, "leader": False}
            self.update("_Server", Database={"d": {"new": self.status}})
            self.listeners.clear()
            super().answer_monitor(to, asked)

    clustered: dict[str, Any] = {"model": "clustered", "leader": True}
    first, second = (
        Hasty({"ACL": {"a": acl(1)}}, **clustered),
        server_of({"a": acl(2)}, **clustered),
    )
    with watched(first, second) as seen:
        seen.has({"a": 2})


def test_changes_instead_of_an_answer_end_it() -> None:
    class Talker(Teller):
        def answer_monitor(self, to: socket.socket, _asked: Message) -> None:
            self.listeners.append(to)
            for _ in range(500):
                self.update(ACL={})

    words = "tells changes, and does not answer"
    with watched(Talker({})) as seen, pytest.raises(OvsdbTroubleError, match=words):
        seen.monitored.read(5)


def test_it_may_refuse() -> None:
    class Refusing(Teller):
        def answer_monitor(self, to: socket.socket, asked: Message) -> None:
            say(to, {"id": asked["id"], "result": None, "error": {"error": "not allowed"}})

    words = "refuses to tell changes: not allowed"
    with watched(Refusing({})) as seen, pytest.raises(OvsdbTroubleError, match=words):
        seen.monitored.read(5)


def test_a_server_that_never_answers() -> None:
    def nothing(_to: socket.socket, _asked: Message) -> None:
        """As one that hangs."""

    with watched(nothing, timeout_s=5) as seen:
        began = time.monotonic()
        with pytest.raises(OvsdbTroubleError) as caught:
            seen.monitored.read(0.2)
        assert caught.value.failure.reason is Reason.TIMEOUT
        assert 0.15 < time.monotonic() - began < 2


def test_close_ends_the_thread_wherever_it_is() -> None:
    def threads() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one.name.startswith("monitor nb of ")]

    def nothing(_to: socket.socket, _asked: Message) -> None:
        """As one that hangs."""

    server = server_of({"a": acl(1)})
    for answer in (server, nothing, _hang_up):
        with watched(answer) as seen:
            if answer is server:
                seen.has({"a": 1})
            else:
                time.sleep(0.3)  # the third one pauses
            [thread] = threads()
        thread.join(1)
        assert not thread.is_alive()


def _hang_up(_to: socket.socket, _asked: Message) -> None:
    raise ConnectionError
