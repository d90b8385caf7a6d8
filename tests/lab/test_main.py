"""`python -m tests.lab` as a person uses it."""

import subprocess
import sys
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]


def _lab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.lab", *words],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.lab
def test_a_lab_from_up_to_down(tmp_path: Path) -> None:
    place = ("--dir", str(tmp_path / "lab"))
    up = _lab("up", *place)
    assert (up.returncode, up.stderr) == (0, "")
    assert "OVN 23.03" in up.stdout
    try:
        status = _lab("status", *place)
        assert status.returncode == 0
        assert "ovn-controller" in status.stdout
        assert "policies: applied" in status.stdout
        shown = subprocess.run(
            ["sh", "-c", f"{_lab('env', *place).stdout}\novn-nbctl --timeout=5 show"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
        assert "localnet.cnv_ovn_localnet_switch" in shown.stdout
        assert _lab("policies", "remove", *place).returncode == 0
        assert "policies: none" in _lab("status", *place).stdout
        table = _lab("ping", *place)
        assert "61 pings, 0 not as expected" in table.stdout
        assert table.returncode == 0
        again = _lab("up", *place)
        assert again.returncode == 1
        assert again.stderr.count("\n") == 1
        assert "is not empty" in again.stderr
    finally:
        down = _lab("down", *place)
    assert down.returncode == 0
    assert not (tmp_path / "lab").exists()


def test_where_no_lab_is_one_line_says_so(tmp_path: Path) -> None:
    for command in ("status", "ping", "env", "kubeconfig"):
        done = _lab(command, "--dir", str(tmp_path))
        assert done.returncode == 1
        assert done.stderr == f"tests.lab: {tmp_path}: no lab here\n"


def test_down_leaves_a_folder_that_is_no_lab(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert _lab("down", "--dir", str(tmp_path)).returncode == 1
    assert (tmp_path / "mine").exists()
    assert _lab("down", "--dir", str(tmp_path / "nothing")).returncode == 0
