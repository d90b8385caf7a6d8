"""Asking ovntrace itself about a lab: the real program, live through the API or on the node."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.api_process import serve_api
from tests.lab.example import NODE
from tests.lab.lab import Lab, read_record

_REPOSITORY = Path(__file__).parents[2]
_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program said: exit code, stdout as text and as JSON (None if it is none), stderr."""

    code: int
    text: str
    document: dict[str, Any] | None
    stderr: str

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON document; fails the test if there is none."""
        assert self.document is not None, (self.code, self.text[-500:], self.stderr[-2000:])
        return self.document


def ask_live(lab: Lab, *words: str) -> Answer:
    """Through the lab's API server, with its administrator's kubeconfig."""
    kubeconfig = serve_api(lab.folder)
    return _run([], words, {"KUBECONFIG": str(kubeconfig)})


def ask_with(kubeconfig: Path, *words: str) -> Answer:
    """Through whatever a kubeconfig names."""
    return _run([], words, {"KUBECONFIG": str(kubeconfig)})


def ask_local(lab: Lab, *words: str) -> Answer:
    """On the node: in its network namespace, with its environment, without the API."""
    node = read_record(lab.folder)["node"][NODE]
    entered = ["ip", "netns", "exec", node["netns"]]
    environ = {key: value for key, value in node["env"].items() if key != "PATH"}
    path = f"{node['env']['PATH']}{os.pathsep}{os.environ['PATH']}"
    return _run(entered, (*words, "--local"), {**environ, "PATH": path})


def ask_dump(path: Path, *words: str) -> Answer:
    """From a dump."""
    return _run([], (*words, "--from", str(path)), {})


def _run(before: list[str], words: tuple[str, ...], environ: Mapping[str, str]) -> Answer:
    done = subprocess.run(
        [*before, sys.executable, "-m", "ovntrace.cli", *words],
        cwd=_REPOSITORY,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = None
    return Answer(done.returncode, done.stdout, document, done.stderr)


def attachment(answer: Answer, network: str) -> dict[str, Any]:
    """The one attachment on a network."""
    found = [a for a in answer.answer["attachments"] if a["network"] == network]
    assert len(found) == 1, [a["network"] for a in answer.answer["attachments"]]
    one: dict[str, Any] = found[0]
    return one


def hops(answer: Answer, network: str, kind: str) -> list[dict[str, Any]]:
    """The hops of a kind of the attachment on a network."""
    return [hop for hop in attachment(answer, network)["hops"] if hop["kind"] == kind]
