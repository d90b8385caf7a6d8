"""Completion offers names that are safe, and fails without a word."""

import subprocess

import pytest

from tests.cli.program import REPOSITORY, environment, real, run, staged


def _completed(scene: str, words: str) -> list[str]:
    count = str(len(words.split(" ")) - 1)
    env = environment(_OVNTRACE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    done = run(staged(scene), env)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.removeprefix("plain,") for line in done.stdout.split()]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("ovntrace explain tiny", ["tinypod", "tinypod-01"]),
        ("ovntrace explain ", ["tinier", "tinypod", "tinypod-01"]),
        ("ovntrace explain -n other t", ["tinier"]),
        ("ovntrace explain pod/tinyp", ["pod/tinypod", "pod/tinypod-01"]),
        ("ovntrace explain other/", ["other/tinier"]),
        ("ovntrace explain nobody", []),
        ("ovntrace exp", ["explain"]),
        ("ovntrace explain x --interf", ["--interface"]),
        ("ovntrace explain x -o ya", ["yaml"]),
    ],
)
def test_names_commands_and_options(words: str, names: list[str]) -> None:
    assert _completed("sound_vm", words) == names


def test_without_the_api_the_databases_are_asked() -> None:
    assert "centos-stream9-gold-rabbit-80" in _completed("no_api", "ovntrace explain cen")


def test_of_a_diff_the_second_dump_is_asked() -> None:
    dump = f"{REPOSITORY}/examples/llm-demo.tar.gz"
    words = f"ovntrace diff live {dump} --context x --workload tiny"
    env = environment(_OVNTRACE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="7")
    done = run(real(), env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["plain,tinypod", "plain,tinypod-01", "plain,tinypod-02"]


def test_trouble_is_no_candidates() -> None:
    assert _completed("unusable", "ovntrace explain t") == []


def test_options_that_exclude_each_other_are_no_candidates() -> None:
    assert _completed("sound_vm", "ovntrace explain --local --context x t") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    done = run(real("completion", shell))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_OVNTRACE_COMPLETE={shell}_complete" in done.stdout


def test_bash_can_source_it() -> None:
    script = run(real("completion", "bash")).stdout
    done = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p ovntrace"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=True,
        timeout=30,
    )
    assert "_ovntrace_completion ovntrace" in done.stdout


def test_an_unknown_shell_is_refused() -> None:
    assert run(real(), environment(_OVNTRACE_COMPLETE="tcsh_complete")).returncode != 0
