"""`kubectl ovntrace` with a real kubectl: the plug-in is found, and answers as the program does."""

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.lab import suites
from tests.lab.api_process import serve_api
from tests.lab.asking import ask_live
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.peers, pytest.mark.xdist_group("lab")]


@pytest.mark.parametrize("version", ["1.32", pytest.param("1.36", id="newest-kubectl")])
def test_kubectl_finds_it(lab: Lab, version: str) -> None:
    try:
        program = suites.kubectl(version)
    except suites.SuiteUnavailable as reason:
        pytest.skip(str(reason))
    scripts = Path(sysconfig.get_path("scripts"))
    environ = {
        **os.environ,
        "KUBECONFIG": str(serve_api(lab.folder)),
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        [str(program), "ovntrace", "explain", "tinypod", "-n", "llm-demo", "--interface", "net1"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    own = ask_live(lab, "explain", "tinypod", "-n", "llm-demo", "--interface", "net1")
    assert (done.returncode, own.code) == (0, 0), done.stderr
    assert _without_time(done.stdout) == _without_time(own.text)


def _without_time(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("data ")]
