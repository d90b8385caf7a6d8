"""`down` leaves nothing of a lab behind, whenever `up` ended; labs do not disturb each other."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.api_process import api_process, serve_api
from tests.lab.commands import LabError, attempt, environment
from tests.lab.daemons import DAEMONS, is_alive
from tests.lab.fixtures import NewLab
from tests.lab.lab import Lab, read_record
from tests.lab.pings import ping
from tests.lab.places import Places, prefix_of
from tests.lab.teardown import existing_namespaces, marked_processes

pytestmark = pytest.mark.lab

_REPOSITORY = Path(__file__).parents[2]


def _links() -> str:
    """The links of this namespace: a lab never has one here."""
    return attempt(["ip", "-br", "link"], environment(Path("/"))).stdout


def _left_of(folder: Path, prefix: str) -> list[str]:
    """What a lab still has: processes, namespaces, files."""
    left = [f"process {pid}" for pid in marked_processes(folder) if is_alive(pid)]
    left += [f"namespace {name}" for name in existing_namespaces(prefix, folder)]
    left += [f"/run/netns/{path.name}" for path in Path("/run/netns").glob(f"{prefix}-*")]
    left += [str(folder)] if folder.exists() else []
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            if (
                process.name.isdigit()
                and str(folder).encode() in (process / "cmdline").read_bytes()
            ):
                left.append(f"process {process.name} names the folder")
    return left


def test_down_leaves_nothing(new_lab: NewLab) -> None:
    links = _links()
    lab = new_lab()
    assert set(lab.daemons.pids()) == set(DAEMONS)
    assert len(existing_namespaces(lab.places.prefix, lab.folder)) == len(lab.places.namespaces())
    assert _links() == links
    lab.down()
    assert _left_of(lab.folder, lab.places.prefix) == []
    assert _links() == links


def test_down_ends_what_others_run_in_the_lab(new_lab: NewLab) -> None:
    lab = new_lab()
    words = ["ip", "netns", "exec", lab.places.gateway, "sleep", "600"]
    stray = subprocess.Popen(words)
    lab.daemons.signal("ovn-controller", signal.SIGSTOP)
    time.sleep(0.05)
    lab.down()
    assert stray.wait(timeout=5) == -signal.SIGKILL
    assert _left_of(lab.folder, lab.places.prefix) == []


@pytest.mark.parametrize("after_s", [0.12, 0.2, 0.3, 0.4, 0.5])
def test_down_clears_what_a_killed_up_left(tmp_path: Path, after_s: float) -> None:
    folder = tmp_path / "lab"
    links = _links()
    up = subprocess.Popen(
        [sys.executable, "-m", "tests.lab", "up", "--dir", str(folder)],
        cwd=_REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    limit = time.monotonic() + 20
    while not (folder / "lab.json").exists() and time.monotonic() < limit:
        time.sleep(0.002)
    time.sleep(after_s - 0.1)
    up.send_signal(signal.SIGKILL)
    up.wait()
    prefix = read_record(folder)["prefix"]
    Lab(folder, prefix=prefix).down()
    # A child that was about to do something has had its time.
    time.sleep(0.2)
    assert _left_of(folder, prefix) == []
    assert _links() == links


def test_down_ends_an_up_that_is_still_at_it(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    up = subprocess.Popen(
        [sys.executable, "-m", "tests.lab", "up", "--dir", str(folder)],
        cwd=_REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    limit = time.monotonic() + 20
    while not (folder / "nodes").exists() and time.monotonic() < limit:
        time.sleep(0.002)
    Lab(folder).down()
    assert up.wait(timeout=10) == -signal.SIGKILL
    time.sleep(0.2)
    assert _left_of(folder, prefix_of(folder)) == []


def test_down_twice_and_without_a_lab(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    lab.down()
    lab.up(policies=False)
    lab.down()
    lab.down()
    assert _left_of(lab.folder, lab.places.prefix) == []


def test_up_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    lab = Lab(tmp_path)
    with pytest.raises(LabError, match="not empty"):
        lab.up()
    with pytest.raises(LabError, match="not a lab"):
        lab.down()
    assert (tmp_path / "mine").read_text() == "precious"


def test_several_labs_at_once(new_lab: NewLab) -> None:
    first, second = new_lab(policies=False), new_lab(policies=True)
    assert first.places.prefix != second.places.prefix
    assert ping(first, "tinypod", "outside")
    assert not ping(second, "tinypod", "outside")
    second.down()
    assert ping(first, "tinypod", "gold-rabbit-80")
    assert set(first.daemons.pids()) == set(DAEMONS)


def test_a_second_process_opens_a_lab_that_is_up(new_lab: NewLab) -> None:
    lab = new_lab()
    opened = Lab.open(lab.folder)
    assert opened.env == lab.env
    assert opened.policies_applied
    opened.remove_policies()
    assert not Lab.open(lab.folder).policies_applied
    assert read_record(lab.folder)["complete"]


def test_opening_where_no_lab_is(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no lab here"):
        Lab.open(tmp_path)


def test_the_api_server_goes_with_the_lab(new_lab: NewLab) -> None:
    lab = new_lab(policies=False)
    kubeconfig = serve_api(lab.folder)
    assert kubeconfig.exists()
    pid = api_process(lab.folder)
    assert pid is not None
    assert serve_api(lab.folder) == kubeconfig
    assert api_process(lab.folder) == pid
    lab.down()
    assert _left_of(lab.folder, lab.places.prefix) == []


def test_prefixes_leave_room_and_differ() -> None:
    first, second = prefix_of(Path("/tmp/a")), prefix_of(Path("/tmp/b"))
    assert first != second
    names = Places(Path("/tmp/a"), first).namespaces()
    assert len(set(names)) == len(names) == 12
    assert all(name.startswith(f"{first}-") for name in names)
