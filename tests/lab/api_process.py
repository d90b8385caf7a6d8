"""The stand-in API server of a lab, as a process of its own that goes with the lab."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab.commands import LabError, environment
from tests.lab.daemons import is_alive

_REPOSITORY = Path(__file__).parents[2]


def api_process(folder: Path) -> int | None:
    """Process id of the API server that serves this folder, None if none does."""
    try:
        pid = int((folder / "api.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    # A pid file may outlive its process, and the number then be another's.
    return pid if is_alive(pid) and b"tests.lab.api" in words else None


def serve_api(folder: Path, options: Sequence[str] = (), timeout_s: float = 60.0) -> Path:
    """The kubeconfig of the lab's API server, which is started if it does not run.

    `options` are those of `tests.lab.api`; LabError where it runs already and some are given.
    """
    kubeconfig = folder / "kubeconfig"
    if api_process(folder) is not None:
        if options:
            raise LabError(f"{folder}: its API server runs already, without these options")
        return kubeconfig
    kubeconfig.unlink(missing_ok=True)
    log = folder / "api.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.lab.api", "--dir", str(folder), *options],
            cwd=_REPOSITORY,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    limit = time.monotonic() + timeout_s
    while not kubeconfig.exists():
        if process.poll() is not None or time.monotonic() > limit:
            process.kill()
            process.wait()
            raise LabError(f"the API server does not start: {log.read_text().strip()[-500:]}")
        time.sleep(0.02)
    return kubeconfig
