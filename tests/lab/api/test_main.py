"""`python -m tests.lab.api`, as a person or the lab starts it."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import yaml

from tests.lab.api.fixtures import write_lists
from tests.lab.api.made_up import cluster

ROOT = Path(__file__).parents[3]
ROLE = """\
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [""], resources: [pods], verbs: [list]}]
"""


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.05)


def test_it_serves_until_a_signal_comes(tmp_path: Path) -> None:
    write_lists(tmp_path / "kube", cluster())
    (tmp_path / "rbac.yaml").write_text(ROLE)
    argv = [sys.executable, "-m", "tests.lab.api", "--dir", str(tmp_path)]
    argv += ["--rbac", str(tmp_path / "rbac.yaml")]
    config = tmp_path / "kubeconfig"
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            wait_for(config)
            assert int((tmp_path / "api.pid").read_text()) == process.pid
            assert stat.S_IMODE(config.stat().st_mode) == 0o600
            told = yaml.safe_load(config.read_text())
            assert told["current-context"] == "lab"
            assert [one["name"] for one in told["contexts"]] == ["lab", "lab-rbac"]
            tokens = {one["user"]["token"] for one in told["users"]}
            assert len(tokens) == 2
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(told["clusters"][0]["cluster"]["server"])
            assert not any(token in line for token in tokens)
        finally:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0
    assert not config.exists()
    assert not (tmp_path / "api.pid").exists()


def test_what_hinders_it_is_said_in_one_line(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.lab.api", "--dir", str(tmp_path)]
    argv += ["--rbac", str(tmp_path / "none.yaml")]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "none.yaml" in done.stderr
    assert not (tmp_path / "api.pid").exists()
