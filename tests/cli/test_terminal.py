"""On a terminal the same text is coloured; a pipe gets it plain."""

import os
import pty
import re
import subprocess
from collections.abc import Mapping, Sequence

import pytest

from ovntrace.cli.terminal import allows_color
from tests.cli.program import REPOSITORY, environment, run, staged

_SGR = re.compile(r"\x1b\[[0-9;]*m")


def _on_terminal(command: Sequence[str], env: Mapping[str, str], *, error: bool = False) -> str:
    """What a terminal gets: stdout, or stderr if `error`."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=dict(env),
        stdout=subprocess.PIPE if error else theirs,
        stderr=theirs if error else subprocess.PIPE,
    )
    os.close(theirs)
    got = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not piece:
            break
        got += piece
    process.communicate(timeout=60)
    os.close(ours)
    return got.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("scene", ["broken_pod", "hostile"])
def test_colour_changes_no_text(scene: str) -> None:
    command = staged(scene, "explain", "tinypod", "--why")
    shown = _on_terminal(command, environment(COLUMNS="200"))
    piped = run(command).stdout
    assert "\x1b[" in shown
    assert "\x1b" not in piped
    assert _SGR.sub("", shown) == piped


@pytest.mark.parametrize(
    ("env", "arguments"),
    [({"NO_COLOR": "1"}, ()), ({"TERM": "dumb"}, ()), ({}, ("--no-color",))],
)
def test_colour_can_be_refused(env: dict[str, str], arguments: tuple[str, ...]) -> None:
    shown = _on_terminal(staged("broken_pod", "explain", "x", *arguments), environment(**env))
    assert "BROKEN" in shown
    assert "\x1b" not in shown


def test_an_empty_no_color_forbids_nothing() -> None:
    assert allows_color({"NO_COLOR": ""})


def test_a_narrow_terminal_is_respected_and_a_wide_one_is_not_filled() -> None:
    narrow = _on_terminal(staged("sound_vm", "ls", "--no-color"), environment(COLUMNS="70"))
    wide = _on_terminal(staged("sound_vm", "ls", "--no-color"), environment(COLUMNS="250"))
    assert narrow != wide
    assert wide == run(staged("sound_vm", "ls")).stdout


def test_width_is_obeyed_in_a_pipe() -> None:
    done = run(staged("partial", "explain", "x", "--width", "60"))
    assert done.stdout != run(staged("partial", "explain", "x")).stdout


def test_progress_is_on_a_terminals_stderr_only_and_leaves_nothing() -> None:
    command = staged("sound_vm", "explain", "x")
    shown = _on_terminal(command, environment(), error=True)
    assert r"reading nb of \x1b]0;master-01-demo\x07" in shown
    assert shown.endswith("\r\x1b[K")
    assert run(command).stderr == ""


def test_progress_of_a_dumb_terminal_is_plain_lines() -> None:
    shown = _on_terminal(staged("sound_vm", "explain", "x"), environment(TERM="dumb"), error=True)
    assert shown == "reading nb of \\x1b]0;master-01-demo\\x07\n"


def test_a_stdout_without_our_signs_gets_others() -> None:
    done = run(
        staged("broken_pod", "explain", "x"),
        environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
    )
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert "x BROKEN" in done.stdout
    assert "|- + ok" in done.stdout
