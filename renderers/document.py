"""A view as plain JSON values, field by field: the richest form, from which all can be had back.

The names are those of the view's records (docs/json.md). `outcome` is derived from the rest, so
that a script need not judge hops itself; reading a document back ignores it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ovntrace.errors import OvntraceError
from ovntrace.model.capture import Gap
from ovntrace.view.outcome import Trouble, exit_code, listing_exit_code, overall, troubles
from ovntrace.view.types import (
    AclView,
    Attachment,
    Evidence,
    ExplainView,
    Fact,
    Finding,
    Hop,
    ListView,
    Migration,
    MigrationSide,
    PolicyEffect,
    PolicyRef,
    PortIdentity,
    RulePort,
    SidePort,
    Source,
    Workload,
    WorkloadRow,
)

if TYPE_CHECKING:
    from ovntrace.verdict.types import TraceView

SCHEMA = "ovntrace/v1"

Json = dict[str, object]


def explain_document(view: ExplainView, to: "TraceView | None" = None) -> Json:
    """The answer of `explain`; under `to` the flow that was asked for with it, or null."""
    code = exit_code(view)
    flow = None
    if to is not None:
        from ovntrace.verdict.outcome import explain_exit_code
        from renderers.trace_document import direction_json

        code = explain_exit_code(view, to)
        # What is confirmed is the question of trace alone.
        told = {key: value for key, value in direction_json(to).items() if key != "confirm"}
        flow = {**told, "gaps": [gap_json(gap) for gap in to.gaps]}
    return {
        "schema": SCHEMA,
        "kind": "explain",
        "source": source_json(view.source),
        "outcome": {
            "state": str(overall(view)),
            "exit_code": int(code),
            "troubles": [_trouble(one) for one in troubles(view)],
        },
        "workload": _workload(view.workload),
        "migration": None if view.migration is None else _migration(view.migration),
        "attachments": [_attachment(one) for one in view.attachments],
        "to": flow,
        "gaps": [gap_json(one) for one in view.gaps],
        "findings": [finding_json(one) for one in view.findings],
    }


def listing_document(view: ListView) -> Json:
    """The answer of `ls`."""
    return {
        "schema": SCHEMA,
        "kind": "ls",
        "source": source_json(view.source),
        "outcome": {"exit_code": int(listing_exit_code(view))},
        "workloads": [_row(one) for one in view.workloads],
        "gaps": [gap_json(one) for one in view.gaps],
        "findings": [finding_json(one) for one in view.findings],
    }


def error_document(kind: str, error: OvntraceError) -> Json:
    """What a command that has no answer says instead; `kind` is the command's name."""
    return {
        "schema": SCHEMA,
        "kind": kind,
        "error": {
            "message": error.message,
            "place": error.place,
            "hint": error.hint,
            "candidates": list(error.candidates),
        },
    }


def source_json(source: Source) -> Json:
    """Where the data came from."""
    return {
        "kind": source.kind,
        "place": source.place,
        "taken_at": source.taken_at,
        "age_s": source.age_s,
        "versions": dict(source.versions),
        "time_note": source.time_note,
    }


def _workload(workload: Workload) -> Json:
    return {
        "kind": workload.kind,
        "namespace": workload.namespace,
        "name": workload.name,
        "node": workload.node,
        "pod": workload.pod,
        "phase": workload.phase,
        **_identity(workload.identity),
    }


def _identity(one: PortIdentity | None) -> Json:
    """Who a workload is in its CMS; nothing for one of OVN-Kubernetes."""
    if one is None:
        return {}
    return {
        "identity": {
            "cms": one.cms,
            "name": one.name,
            "namespace": one.namespace,
            "pod": one.pod,
            "instance": one.instance,
            "device": one.device,
            "owner": one.owner,
            "project": one.project,
            "network": one.network,
            "is_machine": one.is_machine,
        }
    }


def _migration(one: Migration) -> Json:
    return {
        "way": one.way,
        "state": one.state,
        "active": one.active,
        "why": one.why,
        "sides": [_side(side) for side in one.sides],
        "evidence": [_evidence(row) for row in one.evidence],
    }


def _side(side: MigrationSide) -> Json:
    return {
        "role": side.role,
        "active": side.active,
        "pod": side.pod,
        "node": side.node,
        "phase": side.phase,
        "ports": [_side_port(port) for port in side.ports],
    }


def _side_port(port: SidePort) -> Json:
    return {
        "nad": port.nad,
        "network": port.network,
        "lsp": port.lsp,
        "exists": port.exists,
        "enabled": port.enabled,
        "addresses": None if port.addresses is None else list(port.addresses),
        "up": port.up,
        "chassis": port.chassis,
        "activated": port.activated,
    }


def _attachment(one: Attachment) -> Json:
    return {
        "interface": one.interface,
        "nad": one.nad,
        "network": one.network,
        "topology": one.topology,
        "lsp": one.lsp,
        "node": one.node,
        "mac": one.mac,
        "addresses": list(one.addresses),
        "state": str(one.state),
        "hops": [_hop(hop) for hop in one.hops],
        "acls": [acl_json(acl) for acl in one.acls],
        "port_groups": list(one.port_groups),
        "policies": None if one.policies is None else [_effect(policy) for policy in one.policies],
        "unread": list(one.unread),
    }


def _hop(hop: Hop) -> Json:
    return {
        "kind": hop.kind,
        "name": hop.name,
        "node": hop.node,
        "state": str(hop.state),
        "facts": {key: fact_json(value) for key, value in hop.facts.items()},
        "evidence": [_evidence(one) for one in hop.evidence],
        "findings": [finding_json(one) for one in hop.findings],
        "watch": hop.watch,
    }


def fact_json(value: Fact) -> object:
    """A fact as JSON: tuples are lists; what JSON has no word for (nan, inf) is its text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, Mapping):
        return {str(key): fact_json(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [fact_json(item) for item in value]
    return str(value)


def acl_json(acl: AclView) -> Json:
    """An ACL, with whose it is."""
    return {
        "uuid": acl.uuid,
        "name": acl.name,
        "direction": acl.direction,
        "tier": acl.tier,
        "priority": acl.priority,
        "match": acl.match,
        "action": acl.action,
        "stage": acl.stage,
        "policy": None if acl.policy is None else _policy(acl.policy),
        "attached_to": acl.attached_to,
    }


def _policy(policy: PolicyRef) -> Json:
    return {
        "kind": policy.kind,
        "namespace": policy.namespace,
        "name": policy.name,
        "direction": policy.direction,
        "rule": policy.rule,
        "peer": policy.peer,
        "cidr": policy.cidr,
        "protocol": policy.protocol,
        "ports": None if policy.ports is None else [_rule_port(one) for one in policy.ports],
        **({} if policy.rule_id is None else {"rule_id": policy.rule_id}),
    }


def _rule_port(one: RulePort) -> Json:
    return {"index": one.index, "protocol": one.protocol, "port": one.port}


def _effect(one: PolicyEffect) -> Json:
    return {
        "kind": one.kind,
        "namespace": one.namespace,
        "name": one.name,
        "isolates": list(one.isolates),
        "effect": one.effect,
        "reason": one.reason,
    }


def _evidence(one: Evidence) -> Json:
    return {"artefact": one.artefact, "row": one.row, "command": one.command}


def finding_json(one: Finding) -> Json:
    return {
        "id": one.id,
        "severity": one.severity,
        "certainty": one.certainty,
        "title": one.title,
        "where": dict(one.where),
        "evidence": [_evidence(item) for item in one.evidence],
        "remedy": list(one.remedy),
    }


def gap_json(gap: Gap) -> Json:
    """A part of the answer that is not there."""
    return {
        "node": gap.node,
        "artefact": gap.artefact,
        "reason": gap.reason,
        "detail": gap.detail,
        "hint": gap.hint,
    }


def _trouble(one: Trouble) -> Json:
    return {
        "state": str(one.state),
        "interface": one.interface,
        "kind": one.kind,
        "name": one.name,
        "node": one.node,
        "why": one.why,
    }


def _row(row: WorkloadRow) -> Json:
    return {
        "kind": row.kind,
        "namespace": row.namespace,
        "name": row.name,
        "pod": row.pod,
        "node": row.node,
        "interface": row.interface,
        "nad": row.nad,
        "network": row.network,
        "topology": row.topology,
        "addresses": list(row.addresses),
        "mac": row.mac,
        "lsp": row.lsp,
    }
