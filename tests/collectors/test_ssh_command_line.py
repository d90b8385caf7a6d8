"""A command for a login shell: real shells take it apart again, and their own noise is left out."""

import json
import shutil
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.ssh.command_line import command_line, streams_of

SHELLS = [shell for shell in ("sh", "dash", "bash", "busybox") if shutil.which(shell)]
ECHO = "import json, sys; print(json.dumps(sys.argv[1:])); print('said', file=sys.stderr)"
ODD = (
    "",
    "a b",
    "a  b\tc",
    "it's",
    '"quoted"',
    "$HOME ${HOME} $(id) `id`",
    "a\nb\n",
    "\n",
    "; touch /tmp/x #",
    "a\\nb \\",
    "*?[a-z]",
    "~root",
    "!!",
    "-n",
    "--",
    "&& || | > < &",
    "ü€\u2028\x1b[31m\x07",
    "\udc80\udcff",
)


def run(shell: str, argv: list[str]) -> list[str]:
    line = command_line(argv)
    words = [shell, "sh"] if shell == "busybox" else [shell]
    done = subprocess.run([*words, "-c", line.text], capture_output=True, check=True)
    streams = streams_of(line, [done.stdout], [done.stderr])
    assert streams.ran
    assert streams.stderr == b"said\n"
    found: list[str] = json.loads(streams.stdout)
    return found


@pytest.mark.parametrize("shell", SHELLS)
def test_each_argument_arrives_as_it_is(shell: str) -> None:
    assert run(shell, [sys.executable, "-c", ECHO, *ODD]) == list(ODD)


@settings(max_examples=25)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
        max_size=5,
    )
)
def test_any_text_arrives(words: list[str]) -> None:
    assert run("sh", [sys.executable, "-c", ECHO, *words]) == words


def test_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        command_line(["a\0b"])


def test_the_program_is_a_word_too() -> None:
    line = command_line(["no such; program"])
    done = subprocess.run(["sh", "-c", line.text], capture_output=True, check=False)
    assert done.returncode == 127
    assert b"no such; program" in done.stderr


@pytest.mark.parametrize(
    ("command", "code"), [("exit 7", 7), ("kill -ALRM $$", 142), ("exit 0", 0)]
)
def test_exit_codes_and_signals_arrive(command: str, code: int) -> None:
    line = command_line(["sh", "-c", command])
    done = subprocess.run(["bash", "-c", line.text], capture_output=True, check=False)
    assert done.returncode == code


def test_what_the_shell_says_first_is_left_out() -> None:
    line = command_line(["true"])
    mark = line.mark.encode() + b"\n"
    out, err = b"Welcome\n" + mark + b"out" + mark, b"old disk\n" + mark + b"err"
    for size in (1, 7, len(mark), 1000):
        streams = streams_of(line, pieces(out, size), pieces(err, size))
        assert streams.ran
        # What the command itself prints is its own, even that.
        assert (streams.stdout, streams.stderr) == (b"out" + mark, b"err")


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def test_a_shell_that_ran_nothing_is_told() -> None:
    line = command_line(["true"])
    streams = streams_of(line, [b"This account ", b"is not available.\n"], [])
    assert (streams.ran, streams.stdout) == (False, b"This account is not available.\n")


def test_nobody_can_guess_the_mark() -> None:
    marks = {command_line(["true"]).mark for _ in range(50)}
    assert len(marks) == 50
    assert min(map(len, marks)) > 32
