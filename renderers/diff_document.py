"""`diff` as plain JSON values (docs/diff.md)."""

from collections.abc import Sequence

from ovntrace.diff.outcome import diff_exit_code, differs
from ovntrace.diff.types import (
    AclChange,
    AttachmentChange,
    DiffView,
    FactChange,
    Flip,
    GroupChange,
    HopChange,
    Judged,
    Member,
    NoiseChange,
    ObjectChange,
    Place,
    SetAddress,
    SetChange,
    SideGap,
    WorkloadChange,
    WorkloadKey,
)
from ovntrace.view.types import AclView
from renderers.document import SCHEMA, Json, acl_json, fact_json, gap_json, source_json


def diff_document(view: DiffView) -> Json:
    """The answer of `diff`."""
    seen = view.flows
    return {
        "schema": SCHEMA,
        "kind": "diff",
        "sources": {"old": source_json(view.old), "new": source_json(view.new)},
        "outcome": {"exit_code": int(diff_exit_code(view)), "differs": differs(view)},
        "workload": None if view.workload is None else _key(view.workload),
        "nodes": [{"change": one.change, "node": one.node} for one in view.nodes],
        "workloads": [_workload(one) for one in view.workloads],
        "verdicts": [_flip(one) for one in view.flips],
        "policies": [_object(one) for one in view.policies],
        "acls": [_acl(one) for one in view.acls],
        "port_groups": [_group(one) for one in view.groups],
        "address_sets": [_set(one) for one in view.sets],
        "flows": {
            "possible": seen.possible,
            "judged": seen.judged,
            "asked": seen.asked,
            "open": seen.open,
            "lost": seen.lost,
        },
        "noise": None if view.noise is None else [_noise(one) for one in view.noise],
        "limits": list(view.limits),
        "gaps": [_gap(one) for one in view.gaps],
        "findings": [],
    }


def _key(one: WorkloadKey) -> Json:
    return {"kind": one.kind, "namespace": one.namespace, "name": one.name}


def _place(one: Place | None) -> Json | None:
    return None if one is None else {"node": one.node, "pod": one.pod, "phase": one.phase}


def _facts(facts: Sequence[FactChange]) -> list[Json]:
    return [
        {"name": one.name, "old": fact_json(one.old), "new": fact_json(one.new)} for one in facts
    ]


def _workload(one: WorkloadChange) -> Json:
    return {
        "change": one.change,
        "workload": _key(one.workload),
        "old": _place(one.old),
        "new": _place(one.new),
        "networks": list(one.networks),
        "attachments": [_attachment(item) for item in one.attachments],
        "ports_left": list(one.ports_left),
    }


def _attachment(one: AttachmentChange) -> Json:
    return {
        "change": one.change,
        "interface": one.interface,
        "nad": one.nad,
        "network": one.network,
        "facts": _facts(one.facts),
        "hops": [_hop(hop) for hop in one.hops],
    }


def _hop(one: HopChange) -> Json:
    return {
        "change": one.change,
        "kind": one.kind,
        "old": _end(one.old_name, one.old_node, one.old_state, one.old_why),
        "new": _end(one.new_name, one.new_node, one.new_state, one.new_why),
        "facts": _facts(one.facts),
    }


def _end(name: str | None, node: str | None, state: str | None, why: Sequence[str]) -> Json | None:
    if name is None:
        return None
    return {"name": name, "node": node, "state": state, "why": list(why)}


def _object(one: ObjectChange) -> Json:
    return {
        "change": one.change,
        "kind": one.kind,
        "namespace": one.namespace,
        "name": one.name,
        "told_by": one.told_by,
        "facts": _facts(one.facts),
    }


def _acl(one: AclChange) -> Json:
    return {
        "change": one.change,
        "nodes": list(one.nodes),
        "network": one.network,
        "old": _acl_view(one.old),
        "new": _acl_view(one.new),
        "facts": _facts(one.facts),
    }


def _acl_view(acl: AclView | None) -> Json | None:
    return None if acl is None else acl_json(acl)


def _group(one: GroupChange) -> Json:
    policy = one.owner
    owner = (
        None
        if policy is None
        else {
            "kind": policy.kind,
            "namespace": policy.namespace,
            "name": policy.name,
            "direction": policy.direction,
        }
    )
    return {
        "change": one.change,
        "owner": owner,
        "network": one.network,
        "old_name": one.old_name,
        "new_name": one.new_name,
        "entered": [_member(item) for item in one.entered],
        "left": [_member(item) for item in one.left],
    }


def _member(one: Member) -> Json:
    return {
        "port": one.port,
        "workload": None if one.workload is None else _key(one.workload),
        "nad": one.nad,
        "follows": one.follows,
    }


def _set(one: SetChange) -> Json:
    return {
        "change": one.change,
        "title": one.title,
        "network": one.network,
        "old_name": one.old_name,
        "new_name": one.new_name,
        "entered": [_address(item) for item in one.entered],
        "left": [_address(item) for item in one.left],
    }


def _address(one: SetAddress) -> Json:
    return {"address": one.address, "follows": one.follows}


def _flip(one: Flip) -> Json:
    return {
        "flow": {str(key): fact_json(value) for key, value in one.flow.items()},
        "asked": one.asked,
        "old": _judged(one.old),
        "new": _judged(one.new),
    }


def _judged(one: Judged) -> Json:
    reply = (
        None
        if one.reply is None
        else {
            "verdict": one.reply,
            "reason": one.reply_reason,
            "deciding": _acl_view(one.reply_deciding),
        }
    )
    return {
        "verdict": one.verdict,
        "reason": one.reason,
        "deciding": _acl_view(one.deciding),
        "reply": reply,
    }


def _noise(one: NoiseChange) -> Json:
    return {"node": one.node, "what": one.what, "name": one.name, "facts": _facts(one.facts)}


def _gap(one: SideGap) -> Json:
    return {"side": one.side, "hides": one.hides, **gap_json(one.gap)}
