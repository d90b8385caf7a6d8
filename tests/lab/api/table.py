"""Table output, which kubectl get asks for: the columns that a person sees."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.lab.api.resources import Resource
from tests.lab.api.status import Json
from tests.lab.api.store import Object

Cells = Callable[[Object, datetime], list[object]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns beyond NAME: headings, those only in wide output, and how to fill them."""

    names: tuple[str, ...]
    wide: tuple[str, ...]
    cells: Cells


def table(
    resource: Resource, items: Iterable[Object], metadata: Json, include: str, now: datetime
) -> Json:
    """A meta.k8s.io/v1 Table; `include` is the request's includeObject."""
    columns = _COLUMNS.get(resource.plural, _AGE_ONLY)
    definitions = [_definition("Name", 0)]
    definitions += [_definition(name, 0) for name in columns.names]
    definitions += [_definition(name, 1) for name in columns.wide]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions,
        "rows": [
            {
                "cells": [item["metadata"]["name"], *columns.cells(item, now)],
                **_row_object(item, include),
            }
            for item in items
        ],
    }


def wants_table(accept: str) -> bool:
    """Does an Accept header ask for a Table (of the version that is served) first?"""
    first = accept.split(",")[0].replace(" ", "").split(";")
    return "as=Table" in first and "v=v1" in first and "g=meta.k8s.io" in first


def age(item: Object, now: datetime) -> str:
    """How long ago it was made, as kubectl says it: 5s, 3m, 7h, 12d."""
    created = item["metadata"].get("creationTimestamp")
    if not created:
        return "<unknown>"
    seconds = int((now - datetime.fromisoformat(created)).total_seconds())
    if seconds < 0:
        return "<invalid>"
    for unit, length, up_to in (("s", 1, 120), ("m", 60, 7200), ("h", 3600, 172800)):
        if seconds < up_to:
            return f"{seconds // length}{unit}"
    return f"{seconds // 86400}d"


def _definition(name: str, priority: int) -> Json:
    form = "name" if name == "Name" else ""
    return {
        "name": name, "type": "string", "format": form, "description": name, "priority": priority,
    }  # fmt: skip


def _row_object(item: Object, include: str) -> Json:
    if include == "None":
        return {}
    if include == "Object":
        return {"object": item}
    partial = {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": item["metadata"],
    }
    return {"object": partial}


def _at(item: Mapping[str, Any], path: str, default: str = "") -> str:
    value: Any = item
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return default if value is None else str(value)


def _pod(pod: Object, now: datetime) -> list[object]:
    statuses = pod.get("status", {}).get("containerStatuses") or []
    wanted = len(pod["spec"].get("containers") or [])
    ready = sum(1 for status in statuses if status.get("ready"))
    restarts = sum(int(status.get("restartCount", 0)) for status in statuses)
    waiting = (_at(status, "state.waiting.reason") for status in statuses)
    phase = next((reason for reason in waiting if reason), _at(pod, "status.phase", "Unknown"))
    if pod["metadata"].get("deletionTimestamp"):
        phase = "Terminating"
    ip, node = _at(pod, "status.podIP", "<none>"), _at(pod, "spec.nodeName", "<none>")
    return [f"{ready}/{wanted}", phase, str(restarts), age(pod, now), ip, node, "<none>", "<none>"]


def _node(node: Object, now: datetime) -> list[object]:
    conditions = node.get("status", {}).get("conditions") or []
    ready = next((c.get("status") for c in conditions if c.get("type") == "Ready"), "Unknown")
    prefix = "node-role.kubernetes.io/"
    labels = node["metadata"].get("labels") or {}
    roles = sorted(key.removeprefix(prefix) for key in labels if key.startswith(prefix))
    addresses = node.get("status", {}).get("addresses") or []
    internal = (a.get("address") for a in addresses if a.get("type") == "InternalIP")
    words = {"True": "Ready", "False": "NotReady"}
    return [
        words.get(str(ready), "Unknown"),
        ",".join(roles) or "<none>",
        age(node, now),
        _at(node, "status.nodeInfo.kubeletVersion"),
        next(internal, "<none>"),
    ]


def _event(event: Object, _now: datetime) -> list[object]:
    about = event.get("involvedObject", {})
    return [
        _at(event, "lastTimestamp", "<unknown>"),
        _at(event, "type"),
        _at(event, "reason"),
        f"{_at(about, 'kind').lower()}/{_at(about, 'name')}",
        _at(event, "message"),
    ]


def _namespace(namespace: Object, now: datetime) -> list[object]:
    return [_at(namespace, "status.phase", "Active"), age(namespace, now)]


def _vm(vm: Object, now: datetime) -> list[object]:
    return [age(vm, now), _at(vm, "status.printableStatus"), _at(vm, "status.ready", "False")]


def _vmi(vmi: Object, now: datetime) -> list[object]:
    interfaces = vmi.get("status", {}).get("interfaces") or [{}]
    ip, node = _at(interfaces[0], "ipAddress"), _at(vmi, "status.nodeName")
    return [age(vmi, now), _at(vmi, "status.phase"), ip, node]


_AGE_ONLY: Final = Columns(("Age",), (), lambda item, now: [age(item, now)])
_COLUMNS: Final[Mapping[str, Columns]] = {
    "pods": Columns(
        ("Ready", "Status", "Restarts", "Age"),
        ("IP", "Node", "Nominated Node", "Readiness Gates"),
        _pod,
    ),
    "nodes": Columns(("Status", "Roles", "Age", "Version"), ("Internal-IP",), _node),
    "namespaces": Columns(("Status", "Age"), (), _namespace),
    "events": Columns(("Last Seen", "Type", "Reason", "Object", "Message"), (), _event),
    "virtualmachines": Columns(("Age", "Status", "Ready"), (), _vm),
    "virtualmachineinstances": Columns(("Age", "Phase", "IP", "NodeName"), (), _vmi),
}
