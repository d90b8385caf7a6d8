"""SelfSubjectAccessReview: what `kubectl auth can-i` asks, in JSON or in protobuf as it does; and
SelfSubjectReview, which `kubectl auth whoami` asks."""

import json
from typing import Final

from tests.lab.api.rbac import Ask, User
from tests.lab.api.status import ApiError, Json

_MAGIC: Final = b"k8s\x00"
_LENGTH_DELIMITED: Final = 2
# ResourceAttributes' field numbers in k8s.io/api/authorization/v1/generated.proto.
_NAMESPACE, _VERB, _GROUP, _RESOURCE, _SUBRESOURCE, _NAME = 1, 2, 3, 5, 6, 7


def asked(body: bytes) -> Ask:
    """What a review asks; ApiError 400 for a body that can't be read."""
    try:
        found = _of_protobuf(body) if body.startswith(_MAGIC) else _of_json(body)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise ApiError(400, "the object provided is unrecognized") from None
    return found


def review(ask: Ask, allowed: bool) -> Json:
    """The review with its answer."""
    resource, _, subresource = ask.resource.partition("/")
    attributes = {
        "namespace": ask.namespace,
        "verb": ask.verb,
        "group": ask.group,
        "resource": resource,
        "subresource": subresource,
        "name": ask.name,
    }
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": {"resourceAttributes": {key: val for key, val in attributes.items() if val}},
        "status": {"allowed": allowed},
    }


def self_review(user: User) -> Json:
    """Who asks."""
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "status": {"userInfo": {"username": user.name, "groups": [*user.groups]}},
    }


def _of_json(body: bytes) -> Ask:
    attributes = json.loads(body)["spec"]["resourceAttributes"]
    words = ("verb", "group", "resource", "subresource", "namespace", "name")
    return _ask(*(str(attributes.get(word) or "") for word in words))


def _of_protobuf(body: bytes) -> Ask:
    """runtime.Unknown > raw (2) > spec (2) > resourceAttributes (1)."""
    raw = _fields(body[len(_MAGIC) :])[2]
    attributes = _fields(_fields(_fields(raw)[2])[1])
    numbers = (_VERB, _GROUP, _RESOURCE, _SUBRESOURCE, _NAMESPACE, _NAME)
    return _ask(*(attributes.get(number, b"").decode() for number in numbers))


def _ask(verb: str, group: str, resource: str, subresource: str, namespace: str, name: str) -> Ask:
    return Ask(verb, group, f"{resource}/{subresource}".rstrip("/"), namespace, name)


def _fields(message: bytes) -> dict[int, bytes]:
    """A protobuf message's length-delimited fields; the reviews have no others that matter."""
    fields, at = {}, 0
    while at < len(message):
        key, at = _varint(message, at)
        value, at = _varint(message, at)
        if key & 7 == _LENGTH_DELIMITED:
            fields[key >> 3] = message[at : at + value]
            at += value
        elif key & 7 != 0:
            raise ValueError(f"wire type {key & 7}")
    return fields


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
