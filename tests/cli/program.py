"""Run the program in a process of its own, as a shell does."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def environment(**changes: str) -> dict[str, str]:
    """This one, without what would change the answer's looks."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR", "_OVNTRACE_COMPLETE")
    }
    return {**kept, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color", **changes}


def real(*arguments: str) -> list[str]:
    """The real entry point."""
    return [sys.executable, "-m", "ovntrace.cli", *arguments]


def staged(scene: str, *arguments: str) -> list[str]:
    """The real entry point before a staged cluster."""
    return [sys.executable, "-m", "tests.cli.stage", scene, *arguments]


def run(
    command: Sequence[str], env: Mapping[str, str] | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Its exit code, stdout and stderr apart."""
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment() if env is None else dict(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
