"""What README shows is what the program says, and what it tells to type works."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.program import environment, real, run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
_FILE = re.compile(r"\.(gz|xz|db)\b")
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


def told_commands(*, with_files: bool = False) -> list[str]:
    """Commands that stand in a block, without their comments: those for a live cluster, or those
    that name files of the reader's own."""
    lines = "\n".join(blocks()).splitlines()
    found = [line.partition("#")[0].strip() for line in lines if line.startswith("ovntrace ")]
    found = [line for line in found if with_files == bool(_FILE.search(line))]
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


@pytest.mark.parametrize("command", told_commands(with_files=True))
def test_what_is_told_of_files_is_understood(command: str, tmp_path: Path) -> None:
    """There is nothing of that name here: that is what it says, and not that it was typed wrong."""
    env = environment(KUBECONFIG="/nowhere/kubeconfig")
    words = [
        word.replace("case.tar.gz", str(tmp_path / "case.tar.gz")) for word in shlex.split(command)
    ]
    done = run(real(*words[1:]), env)
    assert done.returncode == 2, command
    assert "does not exist" in done.stderr or "no kubeconfig" in done.stderr


def test_the_shown_verdict_is_the_program_s() -> None:
    [shown] = [block for block in blocks() if block.startswith("$ ovntrace trace")]
    asked, _, answer = shown.partition("\n")
    done = run(real(*shlex.split(asked)[2:], "--from", EXAMPLE))
    assert done.returncode == 1
    assert done.stdout.startswith(answer)
