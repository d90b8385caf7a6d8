"""`--follow` where stdout is no terminal: the real program before a database made by hand."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.follow_server import OTHER, PORT, Northbound, acl, explain_words, northbound
from tests.cli.lines_of import Lines, started
from tests.cli.program import real


@contextmanager
def followed(*more: str) -> Iterator[tuple[Northbound, Lines]]:
    """`explain --follow` of the port."""
    with northbound() as (server, way), started(explain_words(way, *more)) as lines:
        yield server, lines


def test_each_change_is_a_line() -> None:
    with followed() as (server, lines):
        assert lines.told() == f"start  port {PORT} on node n1 is unknown"
        server.set_port(enabled=False)
        assert lines.told() == "~ state  unknown -> broken"
        assert lines.told().startswith(
            f"~ eth0 logical-switch-port  ok -> broken  {PORT}  the port is disabled"
        )
        server.set_acls(a1=acl("web"))
        assert lines.told() == (
            "+ eth0 acl  web  owner unknown  drop, to-lport, tier 0, priority 7: ip4"
        )
        server.set_acls(a1=acl("web", action="allow"))
        assert lines.told() == "~ eth0 acl  action drop -> allow  web  owner unknown"
        server.set_acls()
        assert lines.told().startswith("- eth0 acl  web")


def test_gone_and_back() -> None:
    with followed() as (server, lines):
        lines.told()
        server.remove_port()
        assert lines.told() == f"gone  no workload '{PORT}'"
        server.set_port(enabled=False)
        assert lines.told() == "back  it is there again"
        assert lines.told() == "~ state  unknown -> broken"


def test_lost_and_met() -> None:
    with followed("--timeout", "1") as (server, lines):
        lines.told()
        server.is_silent = True
        server.hang_up()
        lost = lines.told()
        assert re.match(r"lost  nb of n1: (the server hung up|no answer within)", lost), lost
        server.is_silent = False
        assert lines.told() == "met  nb of n1 tells changes again"
        server.set_port(enabled=False)
        assert lines.told() == "~ state  unknown -> broken"


def test_lines_of_json() -> None:
    with followed("-o", "json", "--timeout", "1") as (server, lines):
        start = lines.event()
        assert (start["event"], start["changes"], start["cause"]) == ("start", [], None)
        assert start["answer"]["workload"]["name"] == PORT
        server.set_port(enabled=False)
        change = lines.event()
        assert [one["what"] for one in change["changes"]] == ["state", "hop", "fact"]
        assert change["answer"]["outcome"]["state"] == "broken"
        server.set_acls(a1=acl("web"))
        [one] = lines.event()["changes"]
        assert (one["what"], one["change"], one["acl"]["uuid"]) == ("acl", "came", "a1")
        server.remove_port()
        assert lines.event()["event"] == "gone"
        server.set_port()
        assert lines.event()["event"] == "back"
        assert lines.event()["event"] == "change"
        server.is_silent = True
        server.hang_up()
        lost = lines.event()
        assert (lost["event"], lost["detail"].startswith("nb of n1: ")) == ("lost", True)


def test_a_verdict_that_flips() -> None:
    with northbound() as (server, way):
        words = real("trace", PORT, OTHER, *way, "--follow", "-o", "json")
        with started(words) as lines:
            start = lines.event()
            assert [one["verdict"] for one in start["new"]] == ["allow"]
            server.set_port(enabled=False)
            flip = lines.event()
    assert flip["event"] == "flip"
    assert (flip["old"][0]["verdict"], flip["new"][0]["verdict"]) == (
        start["new"][0]["verdict"],
        "drop",
    )
    cause = flip["cause"]
    assert cause["certainty"] == "proven"
    [row] = cause["rows"]
    assert (row["table"], row["name"]) == ("Logical_Switch_Port", PORT)
    assert row["columns"] == {"enabled": {"old": ["set", []], "new": False}}


HOSTILE = 'x\x1b[2J\x1b]0;pwned\x07\u202e\x9b31m\nstart  all is well "\\'


def test_hostile_names_are_harmless_in_lines() -> None:
    with followed() as (server, lines):
        lines.told()
        server.set_acls(a1=acl(HOSTILE, match=HOSTILE))
        line = lines.told()
        assert line.startswith(r"+ eth0 acl  x\x1b[2J\x1b]0;pwned\x07\u202e\x9b31m\nstart  all is")
        assert line.isprintable()
    with followed("-o", "json") as (server, lines):
        lines.event()
        server.set_acls(a1=acl(HOSTILE))
        assert lines.event()["changes"][0]["name"] == HOSTILE


def test_a_name_that_is_followed_may_be_hostile() -> None:
    """One that is not there is told on stderr, as without --follow."""
    with northbound() as (_, way), started(real("explain", HOSTILE, *way, "-f")) as lines:
        code, out, err = lines.end()
    assert (code, out) == (2, "")
    assert err.strip().isprintable()


@pytest.mark.parametrize(("is_broken", "code"), [(False, 3), (True, 1)])
def test_for_so_long_and_the_last_answers_code(is_broken: bool, code: int) -> None:
    with followed("--for", "0.8") as (server, lines):
        lines.told()
        began = time.monotonic()
        if is_broken:
            server.set_port(enabled=False)
        done, _, err = lines.end()
        assert (done, err) == (code, "")
        assert 0.3 < time.monotonic() - began < 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_an_interrupt_is_130_and_one_line(number: signal.Signals) -> None:
    with followed() as (_, lines):
        lines.told()
        lines.process.send_signal(number)
        code, out, err = lines.end()
        assert (code, out, err) == (130, "", "ovntrace: interrupted\n")


def test_a_reader_that_goes_ends_it_without_a_change() -> None:
    """As `| head -1` does."""
    with followed() as (server, lines):
        lines.told()
        assert lines.process.stdout is not None
        lines.process.stdout.close()
        assert lines.process.wait(3) == 3
        assert lines.process.stderr is not None
        assert lines.process.stderr.read() == b""
        assert len(server.monitored) == 1
