"""Take a lab down: its processes, its namespaces with all links in them, its folder.

It works from the record that is written before anything is started, so it also clears what is left
when `up` was killed in the middle. Nothing is found by a program's name: a process is the lab's if
it carries the lab's marker in its environment or lives in one of its namespaces.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.lab.api_process import api_process
from tests.lab.commands import MARKER, LabError, attempt, environment
from tests.lab.daemons import end_process
from tests.lab.etc_ovn import hide_databases
from tests.lab.places import Places

_QUIET_ROUNDS = 2


def marked_processes(folder: Path) -> Iterator[int]:
    """Processes that the lab in `folder` started."""
    wanted = f"{MARKER}={folder}".encode()
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                if wanted in (process / "environ").read_bytes().split(b"\0"):
                    yield int(process.name)


def existing_namespaces(prefix: str, folder: Path) -> list[str]:
    """The lab's network namespaces that are there."""
    listed = attempt(["ip", "netns", "list"], environment(folder)).stdout
    names = [line.split()[0] for line in listed.splitlines() if line.strip()]
    return [name for name in names if name.startswith(f"{prefix}-")]


def _processes_inside(netns: str, folder: Path) -> list[int]:
    listed = attempt(["ip", "netns", "pids", netns], environment(folder)).stdout
    return [int(word) for word in listed.split()]


def _round(places: Places) -> bool:
    """End and delete what is there; whether there was nothing."""
    folder = places.folder
    # Away from the marked processes first: a killed `up` may have left one that still makes more.
    found = set(marked_processes(folder))
    api = api_process(folder)
    if api is not None:
        found.add(api)
    namespaces = existing_namespaces(places.prefix, folder)
    for netns in namespaces:
        found |= set(_processes_inside(netns, folder))
    for pid in found:
        end_process(pid)
    for netns in namespaces:
        attempt(["ip", "netns", "delete", netns], environment(folder))
    return not found and not namespaces


def take_down(places: Places, starter: int | None = None, timeout_s: float = 20.0) -> None:
    """Leave nothing of the lab behind; LabError if something resists.

    `starter`: process id of the `up` that made the record, ended first where it still runs.
    """
    if starter is not None and _is_starter(starter, places):
        end_process(starter)
    limit = time.monotonic() + timeout_s
    quiet = 0
    while quiet < _QUIET_ROUNDS:
        quiet = quiet + 1 if _round(places) else 0
        if time.monotonic() > limit:
            raise LabError(f"{places.folder}: something of the lab does not go away")
        if quiet < _QUIET_ROUNDS:
            time.sleep(0.02)
    hide_databases(places)
    shutil.rmtree(places.folder, ignore_errors=True)


def _is_starter(pid: int, places: Places) -> bool:
    """Whether the `up` process is still at it: it holds the folder's record open while it runs."""
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if descriptor.readlink() == places.folder / "up.lock":
                    return True
    return False
