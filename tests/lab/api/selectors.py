"""Label and field selectors, as the list requests of the Kubernetes API take them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.lab.api.resources import Resource
from tests.lab.api.status import ApiError

Test = Callable[[Mapping[str, Any]], bool]

_IN: Final = re.compile(r"^(\S+)\s+(in|notin)\s+\(([^()]*)\)$")
_EQUAL: Final = re.compile(r"^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$")
_EXISTS: Final = re.compile(r"^(!?)\s*([^=!\s(),]+)$")

_POD_FIELDS: Final = (
    "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork "
    "status.phase status.podIP status.nominatedNodeName"
)
_EVENT_FIELDS: Final = (
    "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
    "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath "
    "reason reportingComponent source type"
)
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "pods": frozenset(_POD_FIELDS.split()),
    "events": frozenset(_EVENT_FIELDS.split()),
    "nodes": frozenset({"spec.unschedulable"}),
    "namespaces": frozenset({"status.phase"}),
}


def label_test(selector: str) -> Test:
    """Does an object match a labelSelector? ApiError 400 for one that can't be read."""
    tests = [_label_requirement(part.strip()) for part in _split_outside_brackets(selector)]
    return lambda item: all(test(item["metadata"].get("labels") or {}) for test in tests)


def field_test(selector: str, resource: Resource) -> Test:
    """Does an object match a fieldSelector? ApiError 400 for a field that its kind has not."""
    tests = [
        _field_requirement(part.strip(), resource, selector)
        for part in selector.split(",")
        if part.strip()
    ]
    return lambda item: all(test(item) for test in tests)


def _split_outside_brackets(selector: str) -> list[str]:
    return [part for part in re.split(r",(?![^(]*\))", selector) if part.strip()]


def _label_requirement(text: str) -> Test:
    if match := _IN.match(text):
        key, operator, listed = match.groups()
        values = {value.strip() for value in listed.split(",")}
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if match := _EQUAL.match(text):
        key, operator, value = match.groups()
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if match := _EXISTS.match(text):
        negated, key = match.groups()
        return lambda labels: (key in labels) != bool(negated)
    raise ApiError(400, f"unable to parse requirement: found '{text}'")


def _field_requirement(text: str, resource: Resource, selector: str) -> Test:
    match = _EQUAL.match(text)
    if match is None:
        raise ApiError(400, f"invalid selector: '{selector}'; can't understand '{text}'")
    path, operator, value = match.groups()
    allowed = {"metadata.name"} | _FIELDS.get(resource.plural, frozenset())
    if resource.namespaced:
        allowed |= {"metadata.namespace"}
    if path not in allowed:
        raise ApiError(
            400,
            f'Unable to find "{resource.group_version}, Resource={resource.plural}" that match '
            f'label selector "", field selector "{selector}": field label not supported: {path}',
        )
    return lambda item: (_field(item, path) == value) != (operator == "!=")


def _field(item: Mapping[str, Any], path: str) -> str:
    if path == "source":  # of an event: the component
        path = "source.component"
    value: Any = item
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
