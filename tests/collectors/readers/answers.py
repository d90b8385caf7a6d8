"""What is asked of a dump in tests, with what may differ between two forms of it left out."""

import json
from pathlib import Path
from typing import Any

from ovntrace.api import AskedSnapshot, Flow, read_dump
from ovntrace.verdict.lint import lint
from ovntrace.view.subjects import all_workloads
from renderers.document import explain_document, listing_document
from renderers.lint import lint_document
from renderers.trace_document import trace_document

# Where the data came from, what could not be read, and the commands and rows that prove it.
_OF_SOURCE = ("source", "gaps", "evidence", "outcome")
FLOWS = (
    Flow("tinypod", "tinypod-01", network="localnet-cnv"),
    Flow("tinypod-02", "tinypod-01", "tcp", 80, network="localnet-cnv"),
    Flow("tinypod", "10.9.8.7", "tcp", 443),
)


def answers(path: Path, *more: Path, flows: bool = True) -> dict[str, Any]:
    """Every workload explained, all listed, flows judged, ACLs checked."""
    snapshot = read_dump(path, *more)
    found: dict[str, Any] = {"ls": listing_document(snapshot.workloads())}
    for subject in all_workloads(snapshot):
        found[f"explain {subject}"] = explain_document(snapshot.explain(str(subject)))
    for at, flow in enumerate(FLOWS if flows else ()):
        found[f"trace {at}"] = trace_document([snapshot.trace(flow)])
    found["lint"] = lint_document(lint(snapshot, now=1_800_000_000.0))
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return {key: _cleaned(value) for key, value in plain.items()}


def gaps(path: Path, *more: Path) -> set[tuple[str, str, str]]:
    """(node, artefact, reason) of what could not be read."""
    snapshot: AskedSnapshot = read_dump(path, *more)
    return {(m.target.node, m.artefact, str(m.reason)) for m in snapshot.missing}


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items() if key not in _OF_SOURCE}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
