"""What README shows is what the program says, and what it tells to type works."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.program import real, run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
EXAMPLE = "examples/llm-demo.tar.gz"


def blocks() -> list[str]:
    """The text of each fenced block."""
    return re.findall(r"^```\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def demo_commands() -> list[list[str]]:
    """The words of each `ovntrace` in the recipe of `make demo`."""
    recipe = re.search(r"^demo:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    lines = [line.strip().lstrip("@-") for line in recipe[1].splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.split()[0].endswith("/ovntrace")]


def told_commands() -> list[str]:
    """Commands for a live cluster that stand in a block, without their comments."""
    lines = "\n".join(blocks()).splitlines()
    found = [line.partition("#")[0].strip() for line in lines if line.startswith("ovntrace ")]
    assert len(found) > 4
    return found


def test_the_demo_is_what_make_demo_prints() -> None:
    """Each line that is shown is a line of the output, in the same order."""
    [shown] = [block for block in blocks() if "guest-interface" in block]
    printed = "".join(run(real(*words)).stdout for words in demo_commands()).splitlines()
    at = 0
    for line in shown.splitlines():
        if line.strip("│ ") == "…":
            continue
        assert line in printed[at:], line
        at += printed[at:].index(line) + 1
    assert len(shown.splitlines()) > 20


def test_the_demo_is_sound() -> None:
    commands = demo_commands()
    assert len(commands) == 2
    for words in commands:
        done = run(real(*words))
        assert (done.returncode, done.stderr) == (0, ""), words


def test_what_it_leaves_out_is_marked() -> None:
    """Lines that stand side by side in README do so in the output."""
    [shown] = [block for block in blocks() if "guest-interface" in block]
    printed = "".join(run(real(*words)).stdout for words in demo_commands())
    for piece in re.split(r"^[│ ]*…\n", shown, flags=re.MULTILINE):
        assert piece in printed


@pytest.mark.parametrize("command", told_commands())
def test_what_is_told_to_type_works(command: str) -> None:
    words = shlex.split(command)[1:]
    done = run(real(*words, "--from", EXAMPLE))
    assert (done.returncode, done.stderr) == (0, ""), command
    assert done.stdout


def test_the_shown_verdict_is_the_program_s() -> None:
    [shown] = [block for block in blocks() if block.startswith("$ ovntrace trace")]
    asked, _, answer = shown.partition("\n")
    done = run(real(*shlex.split(asked)[2:], "--from", EXAMPLE))
    assert done.returncode == 1
    assert done.stdout.startswith(answer)
