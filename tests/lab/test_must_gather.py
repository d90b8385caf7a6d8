"""The must-gather entry point, in a pod's place: a service account's token and CA as files, the API
server's address in the environment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.lab import example as ex
from tests.lab.api_process import serve_api
from tests.lab.asking import ask_dump, ask_live
from tests.lab.lab import Lab
from tests.lab.same_answer import comparable

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

_REPOSITORY = Path(__file__).parents[2]
# Everything of /run is another folder's for this process: there are the pod's files.
_IN_POD = 'mount --bind "$1" /run && shift && exec "$@"'
_ENTER = ("unshare", "--mount", "sh", "-c", _IN_POD, "sh")


class Pod:
    """What a pod of the lab's cluster has: files, environment, and the folder that is copied."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        config = yaml.safe_load(serve_api(lab.folder).read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.files = folder / "run"
        account = self.files / "secrets/kubernetes.io/serviceaccount"
        account.mkdir(parents=True)
        self.token = account / "token"
        self.token.write_text(user["token"])
        (account / "ca.crt").write_bytes(_ca(cluster))
        (account / "namespace").write_text("openshift-must-gather-x7k2p")
        self.gathered = folder / "must-gather"
        server = urlsplit(cluster["server"])
        self.environ = {
            **{key: value for key, value in os.environ.items() if key != "KUBECONFIG"},
            "HOME": str(folder),
            "PYTHONPATH": str(_REPOSITORY),
            "KUBERNETES_SERVICE_HOST": str(server.hostname),
            "KUBERNETES_SERVICE_PORT": str(server.port),
            "OVNTRACE_GATHER_DIR": str(self.gathered),
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The entry point."""
        program = "from ovntrace.cli.must_gather import run; run()"
        return subprocess.Popen(
            [*_ENTER, str(self.files), sys.executable, "-c", program, *words],
            env=self.environ,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        """Its exit code and what it said."""
        with self.start(*words) as process:
            said = process.communicate(timeout=60)[1]
        return process.returncode, said


def _ca(cluster: dict[str, str]) -> bytes:
    import base64

    if "certificate-authority" in cluster:
        return Path(cluster["certificate-authority"]).read_bytes()
    return base64.b64decode(cluster["certificate-authority-data"])


def test_what_it_gathers_answers_as_the_cluster_does(lab: Lab, tmp_path: Path) -> None:
    pod = Pod(lab, tmp_path)
    code, said = pod.run()
    assert code == 0, said
    assert (pod.gathered / "version").read_text().startswith("ovntrace\n")
    dump = pod.gathered / "ovntrace-dump"
    assert (dump / "manifest.json").is_file(), said
    for words in (("explain", ex.TINYPOD.name), ("ls",)):
        live = ask_live(lab, *words, "-o", "json")
        kept = ask_dump(dump, *words, "-o", "json")
        assert comparable(kept) == comparable(live)


def test_where_oc_copies_it_to_it_is_found(lab: Lab, tmp_path: Path) -> None:
    pod = Pod(lab, tmp_path)
    pod.gathered = tmp_path / "must-gather.local.815/quay-io-ovntrace-sha256-77"
    pod.environ["OVNTRACE_GATHER_DIR"] = str(pod.gathered)
    code, said = pod.run("--workload", ex.TINYPOD.name)
    assert code == 0, said
    live = ask_live(lab, "explain", ex.TINYPOD.name, "-o", "json")
    kept = ask_dump(tmp_path / "must-gather.local.815", "explain", ex.TINYPOD.name, "-o", "json")
    assert comparable(kept) == comparable(live)


def test_arguments_are_those_of_dump(lab: Lab, tmp_path: Path) -> None:
    pod = Pod(lab, tmp_path)
    code, said = pod.run("--node", "nowhere")
    assert code == 0
    assert "nowhere" in said
    assert "ended with 2" in said
    assert "nowhere" in (pod.gathered / "ovntrace-gather.log").read_text()
    assert not (pod.gathered / "ovntrace-dump").exists()


def test_refused_it_exits_with_0_and_says_so(lab: Lab, tmp_path: Path) -> None:
    pod = Pod(lab, tmp_path)
    pod.token.write_text("expired")
    code, said = pod.run()
    assert code == 0
    assert "401" in said or "nauthorized" in said
    assert "Traceback" not in said


def test_stopped_in_the_middle_it_exits_with_0(lab: Lab, tmp_path: Path) -> None:
    pod = Pod(lab, tmp_path)
    with pod.start() as process:
        time.sleep(0.4)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    left = {path.name for path in pod.gathered.iterdir()}
    assert left <= {"version", "ovntrace-gather.log", "ovntrace-dump"}
