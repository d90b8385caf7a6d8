"""The real program with a staged cluster: only the collector and the joins are played.

`python -m tests.cli.stage SCENE ARGUMENTS…` runs the real entry point in a process of its own.
"""

import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import NoReturn

from collectors.artifacts import Artefact
from ovntrace.cli import way_in
from ovntrace.cli.main import run
from ovntrace.cli.options import WayIn
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.renderers import sample

PODS = b"""{"items": [
 {"metadata": {"namespace": "llm-demo", "name": "tinypod"}},
 {"metadata": {"namespace": "llm-demo", "name": "tinypod-01"}},
 {"metadata": {"namespace": "other", "name": "$(reboot)"}},
 {"metadata": {"namespace": "other", "name": "tinier"}}]}"""


class StagedCollector:
    """A cluster with four pods."""

    kind = "kube"
    place = "https://staged:6443"

    def can_run(self) -> str | None:
        return "no route to host" if _scene() == "unusable" else None

    def nodes(self) -> list[str]:
        return [sample.NODE]

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        if timeout_s > 5:
            raise AssertionError("a completion must not wait for long")
        if artefact.name != "pods" or _scene() == "no_api":
            return Missing(target, artefact.name, Reason.DENIED, "refused")
        return Capture(target, artefact.name, PODS, "staged")

    def close(self) -> None:
        if _scene() == "interrupt":
            print("closed", file=sys.stderr)


def _scene() -> str:
    return _SCENE[0]


_SCENE = ["sound_vm"]


def _raise(error: BaseException) -> NoReturn:
    raise error


def _wait() -> NoReturn:
    # A thread that is no daemon and never ends, as a client's can be.
    threading.Thread(target=time.sleep, args=(60,)).start()
    print("waiting", file=sys.stderr, flush=True)
    time.sleep(60)
    raise AssertionError("nobody interrupted")


TROUBLES: dict[str, Callable[[], NoReturn]] = {
    "unknown": lambda: _raise(
        WrongQuestionError(
            "no workload is named\x1b[2J tinypo",
            place="llm-demo",
            candidates=("tinypod", "tinypod-01", "c", "d", "e"),
        )
    ),
    "unreachable": lambda: _raise(
        NoAnswerError("connection refused", place="https://staged:6443", hint="--kubeconfig")
    ),
    "bug": lambda: _raise(KeyError("k8s.ovn.org/nad\nsecond line")),
    "recursion": lambda: _raise(RecursionError("too deep")),
    "broken_pipe": lambda: _raise(BrokenPipeError(32, "Broken pipe")),
    "system_exit": lambda: _raise(SystemExit(1)),
    "interrupt": _wait,
}


def _for_workload(
    _collector: object, _query: object, _timeout_s: float, progress: Callable[[str], None]
) -> tuple[str, str]:
    progress("reading nb of \x1b]0;master-01-demo\x07")
    if _scene() in TROUBLES:
        TROUBLES[_scene()]()
    return "snapshot", "subject"


def _play(name: str, **parts: object) -> None:
    module = ModuleType(name)
    for key, value in parts.items():
        setattr(module, key, value)
    sys.modules[name] = module


def set_stage(scene: str) -> None:
    """Replace what reads and joins; everything after it is the real program."""
    _SCENE[0] = scene

    def collector(_way: WayIn) -> StagedCollector:
        return StagedCollector()

    vars(way_in)["_collector"] = collector
    _play(
        "ovntrace.cli.collect",
        for_workload=_for_workload,
        for_listing=lambda *_arguments: "snapshot",
    )
    view = sample.EXPLAINS.get(scene, sample.sound_vm)
    _play("ovntrace.view.explain", explain=lambda *_a, **_k: view())
    _play("ovntrace.view.listing", list_workloads=lambda *_a, **_k: sample.listing())


if __name__ == "__main__":
    set_stage(sys.argv.pop(1))
    run()
