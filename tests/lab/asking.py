"""Asking ovntrace itself about a lab: through the API, on the node, by its databases, of a dump."""

import contextlib
import gc
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ovntrace.cli import emit
from ovntrace.cli.main import main
from tests.lab.api_process import serve_api
from tests.lab.example import NODE
from tests.lab.lab import Lab, read_record

_REPOSITORY = Path(__file__).parents[2]
_LIMIT_S = 60.0
_NO_KUBECONFIG = Path("/nowhere/kubeconfig")


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
    return ask_with(serve_api(lab.folder), *words)


def ask_with(kubeconfig: Path, *words: str) -> Answer:
    """Through whatever a kubeconfig names."""
    return ask_here(words, {"KUBECONFIG": str(kubeconfig)})


def ask_ovsdb(lab: Lab, *words: str, sources: Sequence[str] = ("nb", "sb", "ovs")) -> Answer:
    """By the databases' sockets alone: no tool, no network namespace, and no API."""
    return ask_with(_NO_KUBECONFIG, *words, *ovsdb_words(lab, sources))


def ovsdb_words(lab: Lab, sources: Sequence[str] = ("nb", "sb", "ovs")) -> list[str]:
    """The options that name the databases of the lab's node."""
    places = lab.places
    sockets = {"nb": places.nb_socket, "sb": places.sb_socket, "ovs": places.ovs_socket}
    return [word for name in sources for word in ("--ovsdb", f"{name}=unix:{sockets[name]}")]


def ask_local(lab: Lab, *words: str) -> Answer:
    """On the node: in its network namespace, with its environment, without the API."""
    node = read_record(lab.folder)["node"][NODE]
    return ask_inside(node["netns"], node["env"], *words)


def ask_inside(netns: str, env: Mapping[str, str], *words: str) -> Answer:
    """On a node of this environment."""
    path = f"{env['PATH']}{os.pathsep}{os.environ['PATH']}"
    return ask_process((*words, "--local"), {**env, "PATH": path}, ("ip", "netns", "exec", netns))


def ask_dump(path: Path, *words: str) -> Answer:
    """From a dump."""
    return ask_here((*words, "--from", str(path)), {})


def ask_here(words: Sequence[str], environ: Mapping[str, str]) -> Answer:
    """The command line's own entry, in this process: to start one takes ten times as long as most
    answers. `ask_process` starts one."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(one, "utf-8", write_through=True) for one in (out, err)]
    try:
        with (
            patch.dict(os.environ, environ),
            # A process says one thing on stdout: here each question begins anew.
            patch.object(emit, "_stdout", emit._Stdout()),
            _in_time(),
            contextlib.chdir(_REPOSITORY),
            contextlib.redirect_stdout(streams[0]),
            contextlib.redirect_stderr(streams[1]),
        ):
            code = main(list(words), "ovntrace")
    finally:
        gc.enable()  # which it turns off, since its process ends soon
    return _answer(code, *(one.getvalue().decode() for one in (out, err)))


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    """A question that hangs is a fault in ovntrace: exit code 70, with the TimeoutError."""

    def late(_number: int, _frame: object) -> None:
        raise TimeoutError(f"no answer within {_LIMIT_S:g} s")

    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, _LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def ask_process(
    words: Sequence[str], environ: Mapping[str, str], before: Sequence[str] = ()
) -> Answer:
    """The real program, as a process of its own."""
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
    return _answer(done.returncode, done.stdout, done.stderr)


def _answer(code: int, text: str, said: str) -> Answer:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    return Answer(code, text, document, said)


def attachment(answer: Answer, network: str) -> dict[str, Any]:
    """The one attachment on a network."""
    found = [a for a in answer.answer["attachments"] if a["network"] == network]
    assert len(found) == 1, [a["network"] for a in answer.answer["attachments"]]
    one: dict[str, Any] = found[0]
    return one


def hops(answer: Answer, network: str, kind: str) -> list[dict[str, Any]]:
    """The hops of a kind of the attachment on a network."""
    return [hop for hop in attachment(answer, network)["hops"] if hop["kind"] == kind]
