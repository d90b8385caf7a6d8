"""`trace` as plain JSON values (docs/json.md)."""

import json
from collections.abc import Sequence

from ovntrace.verdict.flows import FlowAnswer
from ovntrace.verdict.outcome import trace_exit_code
from ovntrace.verdict.types import (
    Confirmation,
    NearMiss,
    NodeConfirmation,
    ReplyView,
    TraceStep,
    TraceView,
)
from ovntrace.view.types import AclView
from renderers.document import (
    SCHEMA,
    Json,
    acl_json,
    fact_json,
    finding_json,
    gap_json,
    source_json,
)


def trace_document(views: Sequence[TraceView]) -> Json:
    """The answer of `trace`; the other direction, if it was asked for, under `reverse`."""
    first = views[0]
    return {
        "schema": SCHEMA,
        "kind": "trace",
        "source": source_json(first.source),
        "outcome": {"exit_code": int(trace_exit_code(*views))},
        **direction_json(first),
        "reverse": direction_json(views[1]) if len(views) > 1 else None,
        "gaps": [gap_json(gap) for gap in first.gaps],
        "findings": [finding_json(finding) for finding in first.findings],
    }


def flow_line(answer: FlowAnswer) -> str:
    """The answer to a line of `--flows`, as a line of JSON."""
    document = {
        "verdict": answer.verdict,
        "reason": answer.reason,
        "deciding": _acl(answer.deciding),
        "reply": answer.reply,
        "expect": answer.asked.get("expect"),
        "met": answer.met,
        "flow": dict(answer.asked),
    }
    return json.dumps(document) + "\n"


def direction_json(view: TraceView) -> Json:
    """A flow and its answer."""
    return {
        "flow": {key: fact_json(value) for key, value in view.flow.items()},
        "verdict": view.verdict,
        "reason": view.reason,
        "steps": [_step(step) for step in view.steps],
        "deciding": _acl(view.deciding),
        "near_misses": [_miss(miss) for miss in view.near_misses],
        "reply": None if view.reply is None else _reply(view.reply),
        "confirm": None if view.confirm is None else _confirm(view.confirm),
    }


def _confirm(found: Confirmation) -> Json:
    return {**_sides(found), "nodes": [_sides(node) for node in found.nodes]}


def _sides(found: Confirmation | NodeConfirmation) -> Json:
    return {
        "node": found.node,
        "agrees": found.agrees,
        "reason": found.reason,
        "verdict": found.verdict,
        "deciding": _acl(found.deciding),
        "tools": [
            {
                "tool": one.tool,
                "verdict": one.verdict,
                "deciding": _acl(one.deciding),
                "command": one.command,
                "agrees": one.agrees,
                "reason": one.reason,
            }
            for one in found.tools
        ],
    }


def _reply(reply: ReplyView) -> Json:
    return {
        "verdict": reply.verdict,
        "reason": reply.reason,
        "steps": [_step(step) for step in reply.steps],
        "deciding": _acl(reply.deciding),
    }


def _step(step: TraceStep) -> Json:
    return {
        "kind": step.kind,
        "name": step.name,
        "node": step.node,
        "stage": step.stage,
        "decision": step.decision,
        "rule": step.rule,
        "acl": _acl(step.acl),
    }


def _miss(miss: NearMiss) -> Json:
    return {"acl": acl_json(miss.acl), "why": list(miss.why)}


def _acl(acl: AclView | None) -> Json | None:
    return None if acl is None else acl_json(acl)
