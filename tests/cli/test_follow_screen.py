"""`--follow` on a terminal: the real program on a pty, before a database made by hand."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.follow_server import PORT, Northbound, acl, explain_words, northbound
from tests.cli.program import environment
from tests.cli.pseudo_terminal import HIDE, OTHER_SCREEN, OWN_SCREEN, SHOW, Terminal, plain


@contextmanager
def shown(
    *more: str, size: tuple[int, int] = (30, 90), **env: str
) -> Iterator[tuple[Northbound, Terminal]]:
    with northbound() as (server, way):
        terminal = Terminal(explain_words(way, *more), size, environment(**env))
        try:
            yield server, terminal
        finally:
            terminal.process.kill()
            terminal.process.wait()


def test_the_screen_shows_the_answer_and_each_change() -> None:
    with shown("--no-color") as (server, terminal):
        start = terminal.until("logical-switch-port")
        assert OTHER_SCREEN in start
        assert f"following {PORT}" in plain(start)
        assert "0 changes" in start
        server.set_port(enabled=False)
        changed = terminal.until("BROKEN")
        assert "1 change " in changed
        assert "~ state  unknown -> broken" in changed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_the_end_gives_the_screen_back_and_leaves_the_last_answer(number: signal.Signals) -> None:
    with shown() as (server, terminal):
        terminal.until("logical-switch-port")
        server.set_port(enabled=False)
        terminal.until("BROKEN")
        terminal.process.send_signal(number)
        terminal.until(OWN_SCREEN)
        code, last = terminal.end()
    assert code == 130
    assert OTHER_SCREEN not in last
    assert HIDE not in last.partition(SHOW)[2]
    text = plain(last)
    assert re.search(r"^\d\d:\d\d:\d\dZ  ~ state  unknown -> broken$", text, re.MULTILINE)
    assert "BROKEN" in text
    assert text.endswith("ovntrace: interrupted\n")


def test_the_cursor_is_there_again() -> None:
    with shown("--for", "0.5") as (_, terminal):
        code, all_of_it = terminal.end()
    assert code == 3
    assert all_of_it.rindex(SHOW) > all_of_it.rindex(HIDE)
    assert all_of_it.count(OTHER_SCREEN) == all_of_it.count(OWN_SCREEN) == 1


def test_another_size_is_drawn_at_once() -> None:
    with shown("--no-color", size=(12, 90)) as (_, terminal):
        terminal.until("more lines: a taller terminal shows them")
        # Away from the redraw of each second.
        terminal.until("following")
        terminal.read(0.1)
        terminal.got = ""
        terminal.resize(60, 90)
        began = time.monotonic()
        os.kill(terminal.process.pid, signal.SIGWINCH)
        frame = terminal.until("logical-switch-port")
        assert time.monotonic() - began < 0.4
        assert "more lines" not in frame + terminal.got


def test_many_sizes_at_once_do_no_harm() -> None:
    with shown("--no-color") as (server, terminal):
        terminal.until("logical-switch-port")
        for number in range(60):
            terminal.resize(10 + number, 60 + number)
            os.kill(terminal.process.pid, signal.SIGWINCH)
            terminal.read(0.005)
        server.set_port(enabled=False)
        terminal.until("BROKEN")


def test_hostile_names_move_no_terminal() -> None:
    name = 'x\x1b[2J\x1b]0;pwned\x07\x1bc\u202e\x9b31m\n"\\'
    with shown() as (server, terminal):
        everything = terminal.until("logical-switch-port")
        server.set_acls(a1=acl(name, match=name))
        everything += terminal.until("pwned")
        terminal.process.send_signal(signal.SIGINT)
        code, last = terminal.end()
    assert code == 130
    left = plain(everything + last).replace("\n", "").replace("\r", "")
    assert left.isprintable(), [char for char in left if not char.isprintable()]
    assert r"x\x1b[2J\x1b]0;pwned\x07\x1bc\u202e\x9b31m" in left


def test_a_terminal_that_can_do_nothing_gets_lines() -> None:
    with shown(TERM="dumb") as (server, terminal):
        terminal.until("start  ")
        server.set_port(enabled=False)
        terminal.until("~ state  unknown -> broken")
        terminal.process.send_signal(signal.SIGINT)
        _, rest = terminal.end()
    assert "\x1b" not in rest


def test_json_on_a_terminal_is_lines_too() -> None:
    with shown("-o", "json") as (_, terminal):
        line = terminal.until("\r\n")
    assert json.loads(line[line.index("{") :])["event"] == "start"
