"""The collector while it is followed: what is fetched is what servers have told last."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from collectors.artifacts import BY_NAME, NB_TABLES
from collectors.base import Remembers, TellsChanges
from collectors.ovsdb import Ovsdb, sources_of
from collectors.ovsdb.following import Following
from collectors.parse.tables import parse_tables
from ovntrace.model.capture import Capture, Missing, Target
from tests.collectors.ovsdb_peer import peer
from tests.collectors.ovsdb_teller import Teller

NB = BY_NAME["nb"]


@pytest.fixture
def server() -> Teller:
    return Teller({"ACL": {"a": {"match": "ip4", "priority": 1}}})


@pytest.fixture
def collector(server: Teller) -> Iterator[Ovsdb]:
    with peer(server) as remote:
        one = Ovsdb(sources_of([f"n1:nb={remote}"]), timeout_s=5)
        yield one
        one.close()


def acls(collector: Ovsdb) -> dict[str, int | None]:
    got = collector.fetch(Target(node="n1"), NB, 5)
    assert isinstance(got, Capture), got
    found, bad = parse_tables(got.data, NB_TABLES)
    assert bad == ()
    return {row.uuid: row.number("priority") for row in found.table("ACL")}


def test_it_follows_what_is_fetched(collector: Ovsdb, server: Teller) -> None:
    assert isinstance(collector, TellsChanges)
    assert isinstance(collector, Remembers)
    following = collector.follow()
    assert not following.wait(0), "nothing was asked yet"
    assert acls(collector) == {"a": 1}
    assert following.wait(5)
    server.update(ACL={"b": {"new": {"match": "ip6", "priority": 2}}})
    assert following.wait(5)
    collector.forget()
    assert acls(collector) == {"a": 1, "b": 2}
    assert not following.wait(0.05)
    assert len(server.monitored) == 1, "one connection serves all fetches"


def test_without_it_nothing_is_monitored(collector: Ovsdb, server: Teller) -> None:
    got = collector.fetch(Target(node="n1"), NB, 5)
    assert isinstance(got, Capture)
    assert server.monitored == []


def test_what_is_lost_is_named(collector: Ovsdb, server: Teller) -> None:
    following = collector.follow()
    assert acls(collector) == {"a": 1}
    assert following.lost() == ()
    server.is_silent = True
    server.hang_up()
    deadline = time.monotonic() + 3
    while not following.lost():
        # Long before the server that does not answer has had its time.
        assert time.monotonic() < deadline
        following.wait(0.02)
    [lost] = following.lost()
    assert (lost.database, lost.node, lost.place.startswith("tcp:")) == ("nb", "n1", True)
    assert acls(collector) == {"a": 1}, "what it had is still there"


def test_the_same_bytes_whoever_tells_them(collector: Ovsdb) -> None:
    first = collector.fetch(Target(node="n1"), NB, 5)
    collector.follow()
    second = collector.fetch(Target(node="n1"), NB, 5)
    assert isinstance(first, Capture)
    assert isinstance(second, Capture)
    assert first.origin == second.origin
    for old, new in zip(*(one.data.splitlines() for one in (first, second)), strict=True):
        was, now = json.loads(old), json.loads(new)
        assert (was is None) == (now is None)
        assert was is None or set(was["headings"]) == set(now["headings"])


def test_a_server_that_is_not_there_is_missing() -> None:
    collector = Ovsdb(sources_of(["n1:nb=unix:/nowhere/nb.sock"]), timeout_s=1)
    collector.follow()
    got = collector.fetch(Target(node="n1"), NB, 1)
    assert isinstance(got, Missing)
    assert "no such file" in got.detail
    collector.close()


def test_what_comes_as_the_time_is_up_is_told_the_next_time(
    collector: Ovsdb, monkeypatch: pytest.MonkeyPatch
) -> None:
    following: Following = collector.follow()

    class Late(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            was_set = super().wait(0 if timeout else None)
            self.set()
            return was_set

    monkeypatch.setattr(following, "_something", Late())
    assert not following.wait(1)
    assert following.wait(1)
