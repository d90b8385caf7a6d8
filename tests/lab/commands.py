"""Commands of the lab: argument vectors only, always with a timeout, failures with their words."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

MARKER = "OVNTRACE_LAB_PROCESS"
"""Environment variable of each process that a lab starts; its value is the lab's folder. It is
not in the environment that a lab hands out, so a person's shell never carries it."""


class LabError(RuntimeError):
    """Something of the lab did not work; the message is what a person needs."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def environment(folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a process of the lab in `folder`: little of ours, and the marker."""
    env = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": os.environ.get("HOME", "/root"),
        "LC_ALL": "C",
        MARKER: str(folder),
    }
    env.update(extra or {})
    return env


def attempt(
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    timeout_s: float = 10.0,
    stdin: str = "",
) -> Done:
    """Run a command to its end; a timeout is an exit code (124) like another."""
    try:
        done = subprocess.run(
            list(argv),
            env=dict(env),
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Done(124, "", f"no answer in {timeout_s:g} s")
    except OSError as error:
        return Done(127, "", f"{argv[0]}: {error.strerror}")
    return Done(done.returncode, done.stdout, done.stderr)


def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    timeout_s: float = 10.0,
    stdin: str = "",
) -> str:
    """stdout of a command; LabError when it fails."""
    done = attempt(argv, env, timeout_s=timeout_s, stdin=stdin)
    if done.returncode != 0:
        words = " ".join(argv)[:200]
        said = done.stderr.strip() or done.stdout.strip() or "no message"
        raise LabError(f"{words}: exit {done.returncode}: {said[-500:]}")
    return done.stdout


def run_all(
    argvs: Sequence[Sequence[str]], env: Mapping[str, str], *, timeout_s: float = 10.0
) -> list[str]:
    """The stdouts of commands that run side by side; LabError when one fails."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda argv: run(argv, env, timeout_s=timeout_s), argvs))
