"""Every outcome has its own exit code, and stdout, stderr and the code agree."""

import json
import os
import signal
import subprocess
import time

import pytest

from tests.cli.program import REPOSITORY, environment, real, run, staged


@pytest.mark.parametrize(
    ("scene", "code"), [("sound_vm", 0), ("broken_pod", 1), ("partial", 3), ("hostile", 0)]
)
def test_an_answer_has_its_verdicts_code_and_a_quiet_stderr(scene: str, code: int) -> None:
    done = run(staged(scene, "explain", "tinypod"))
    assert (done.returncode, done.stderr) == (code, "")
    assert "source" in done.stdout


@pytest.mark.parametrize(
    ("scene", "code", "told"),
    [
        ("unknown", 2, "candidates: tinypod, tinypod-01, c, d"),
        ("unreachable", 3, "https://staged:6443: connection refused (try: --kubeconfig)"),
        ("unusable", 3, "https://staged:6443: no route to host"),
        ("bug", 70, "KeyError"),
        ("recursion", 70, "RecursionError"),
        ("broken_pipe", 70, "BrokenPipeError"),
        ("system_exit", 70, "SystemExit"),
    ],
)
def test_no_answer_is_one_line_on_stderr_and_nothing_on_stdout(
    scene: str, code: int, told: str
) -> None:
    done = run(staged(scene, "explain", "tinypod"))
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("ovntrace: ")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("scene", ["unknown", "bug"])
def test_debug_adds_the_traceback(scene: str) -> None:
    done = run(staged(scene, "explain", "tinypod", "--debug"))
    assert "Traceback" in done.stderr
    assert "_for_workload" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("explain",),
        ("explain", "a", "b"),
        ("explain", "a", "--nonsense"),
        ("explain", "a", "-o", "xml"),
        ("explain", "a", "--timeout", "0"),
        ("explain", "a", "--timeout", "nan"),
        ("explain", "a", "--from", "/nonexistent"),
        ("explain", "a", "--from", "/", "--local"),
        ("ls", "--local", "--context", "x"),
        ("ls", "--from", "/", "--kubeconfig", "/etc/passwd"),
        ("ls", "--kubeconfig", "/nonexistent"),
        ("completion", "tcsh"),
    ],
)
def test_a_wrong_question_is_2_and_one_line(arguments: tuple[str, ...]) -> None:
    done = run(real(*arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "--help" in done.stderr


@pytest.mark.parametrize(
    "form", [("-o", "json"), ("-ojson",), ("--output", "json"), ("--output=json",)]
)
def test_an_error_under_json_is_one_object_too(form: tuple[str, ...]) -> None:
    done = run(staged("unknown", "explain", "tinypo", *form))
    assert done.returncode == 2
    assert json.loads(done.stdout) == {
        "schema": "ovntrace/v1",
        "kind": "explain",
        "error": {
            "message": "no workload is named\x1b[2J tinypo",
            "place": "llm-demo",
            "hint": "",
            "candidates": ["tinypod", "tinypod-01", "c", "d"],
        },
    }
    assert "candidates: tinypod" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("explain", "x", "--nonsense", "-o", "json"), "explain"),
        (("ls", "-o", "json", "--timeout", "x"), "ls"),
        (("nonsense", "-o", "json"), "ovntrace"),
    ],
)
def test_an_error_of_parsing_is_an_object_too(arguments: tuple[str, ...], kind: str) -> None:
    done = run(real(*arguments))
    assert done.returncode == 2
    assert json.loads(done.stdout)["kind"] == kind


@pytest.mark.parametrize(("scene", "code"), [("sound_vm", 0), ("broken_pod", 1), ("partial", 3)])
def test_a_reader_that_leaves_changes_nothing(scene: str, code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        done = subprocess.run(
            staged(scene, "explain", "tinypod"),
            cwd=REPOSITORY,
            env=environment(),
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.parametrize("arguments", [("--help",), ("explain", "-h"), ("--version",)])
def test_help_into_a_closed_pipe_is_quiet(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        done = subprocess.run(
            real(*arguments),
            cwd=REPOSITORY,
            env=environment(),
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("redirection", "code", "told"),
    [(">&-", 1, ""), (">&- 2>&-", 1, ""), (">/dev/full", 3, "No space left on device")],
)
def test_a_stdout_that_takes_nothing(redirection: str, code: int, told: str) -> None:
    command = " ".join(staged("broken_pod", "explain", "tinypod"))
    done = run(["bash", "-c", f"{command} {redirection}"])
    assert done.returncode == code
    assert told in done.stderr
    assert done.stderr.count("\n") == (1 if told else 0)


def test_ctrl_c_is_130_at_once_even_if_a_thread_still_waits() -> None:
    process = subprocess.Popen(
        staged("interrupt", "explain", "tinypod"),
        cwd=REPOSITORY,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "waiting\n"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert time.monotonic() - began < 5
    # The collector was closed before the end was told.
    assert err == "closed\novntrace: interrupted\n"


def test_a_name_that_looks_like_an_option_is_a_name() -> None:
    done = run(staged("unknown", "explain", "--", "-ojson"))
    assert (done.returncode, done.stdout) == (2, "")
