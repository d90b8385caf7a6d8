"""Completion in a shell: the scripts, and the names of workloads.

A completion never fails loudly and never hangs: no answer in time is no candidates.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ovntrace.cli.emit import emit
from ovntrace.cli.main import COMPLETE_VAR

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from collectors.base import Collector

PROGRAM = "ovntrace"
# Nobody waits longer for a tab.
TIMEOUT_S = 4
# A name is offered only if no shell can read anything else into it.
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_KINDS = (("pods", "pod"), ("virtualmachines", "vm"), ("virtualmachineinstances", "vm"))


def script(app: click.Command, shell: str) -> str:
    """The script that a shell sources."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    completer = found(app, {}, PROGRAM, COMPLETE_VAR)
    # Not completer.source(): bash's starts a bash to learn its version.
    return completer.source_template % completer.source_vars()


def answer_shell(app: click.Command, instruction: str) -> int:
    """Answer what a sourced script asks, as `bash_complete`."""
    from click.shell_completion import get_completion_class

    shell, _, wanted = instruction.partition("_")
    found = get_completion_class(shell)
    if found is None or wanted not in ("source", "complete"):
        return 1
    if wanted == "source":
        emit(script(app, shell))
        return 0
    emit(found(app, {}, PROGRAM, COMPLETE_VAR).complete() + "\n")
    return 0


def workload_names(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Names of pods and VMs that begin as typed: NAME, NS/NAME, pod/NAME or vm/NAME."""
    from click.shell_completion import CompletionItem

    try:
        names = sorted(set(_names(context.params, incomplete)))
    except Exception:
        return []
    return [CompletionItem(name) for name in names]


def _names(options: dict[str, Any], incomplete: str) -> Iterator[str]:
    from ovntrace.cli.options import WayIn
    from ovntrace.cli.way_in import opened

    namespace = options.get("namespace")
    with opened(WayIn.of({**options, "timeout": TIMEOUT_S})) as collector:
        for kind, space, name in _workloads(collector, namespace):
            offered = [name, f"{kind}/{name}"]
            offered += [f"{space}/{name}"] if namespace is None else []
            # A slash is offered once one was typed, or nobody would find the plain names.
            yield from (
                one
                for one in offered
                if one.startswith(incomplete)
                and ("/" in incomplete or "/" not in one)
                and _SAFE.fullmatch(one)
            )


def _workloads(collector: "Collector", namespace: str | None) -> Iterator[tuple[str, str, str]]:
    """(kind, namespace, name) of what the API has; from the databases where it has nothing."""
    import json

    from collectors.artifacts import BY_NAME
    from ovntrace.model.capture import Capture, Target

    seen = False
    for artefact, kind in _KINDS:
        capture = collector.fetch(Target(), BY_NAME[artefact], TIMEOUT_S)
        if not isinstance(capture, Capture):
            continue
        seen = True
        for item in json.loads(capture.data).get("items", ()):
            place, name = item["metadata"].get("namespace", ""), item["metadata"]["name"]
            if namespace in (None, place):
                yield kind, place, name
    if not seen:
        yield from _ports(collector, namespace)


def _ports(collector: "Collector", namespace: str | None) -> Iterator[tuple[str, str, str]]:
    import time

    from ovntrace.cli.collect import for_listing
    from ovntrace.view.listing import list_workloads

    snapshot = for_listing(collector, namespace, TIMEOUT_S, lambda _line: None)
    view = list_workloads(snapshot, namespace=namespace, now=time.time())
    for row in view.workloads:
        yield row.kind, row.namespace or "", row.name
