"""What an API server says of itself and of whoever asks: version, time, user, rights."""

import email.utils
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.artifacts import BY_NAME, Artefact
from collectors.deadline import Deadline
from collectors.kube.api import Api
from collectors.kube.collector import resource_of
from collectors.kube.refusal import Question
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`date` is the server's time in whole seconds since the epoch, told at some moment between
    `asked_at` and `seconds` later by our clock. None is not told."""

    version: str | None
    minor: int | None
    date: float | None
    asked_at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Right:
    """A verb on a resource; `namespace` is empty for all of them."""

    verb: str
    resource: str
    namespace: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """ResourceAttributes of authorization.k8s.io/v1."""
        plural, _, subresource = self.resource.partition("/")
        found = {"verb": self.verb, "resource": plural, "subresource": subresource}
        return {
            key: value for key, value in {**found, "namespace": self.namespace}.items() if value
        }


def ask_server(
    api: Api, deadline: Deadline, now: Callable[[], float] = time.time
) -> ServerFacts | Failure:
    """Does it answer, of which version is it, and what time has it?"""
    asked_at = now()
    told = api.told(BY_NAME["api-version"].resource, Question("get", "/version"), deadline)
    seconds = now() - asked_at
    if isinstance(told, Failure):
        return told
    version = _text(_object(told.body).get("gitVersion"))
    found = re.match(r"v?1\.(\d{1,3})", version or "")
    minor = int(found[1]) if found else None
    return ServerFacts(version, minor, _date(told.date), asked_at, seconds)


def ask_user(api: Api, deadline: Deadline) -> str | Failure | None:
    """As whom it knows us (SelfSubjectReview, Kubernetes 1.28); None if it does not tell that."""
    row = BY_NAME["api-user"]
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    told = api.told(row.resource, Question("create", "selfsubjectreviews"), deadline, review)
    if isinstance(told, Failure):
        return None if told.reason is Reason.ABSENT else told
    info = _map(_map(_object(told.body).get("status")).get("userInfo"))
    return _text(info.get("username"))


def ask_right(api: Api, right: Right, deadline: Deadline) -> bool | Failure:
    """Whether we have it (SelfSubjectAccessReview, which `kubectl auth can-i` asks too)."""
    row = BY_NAME["api-rights"]
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": right.attributes},
    }
    question = Question("create", "selfsubjectaccessreviews")
    told = api.told(row.resource, question, deadline, review)
    if isinstance(told, Failure):
        return told
    return _map(_object(told.body).get("status")).get("allowed") is True


def ask_list(api: Api, row: Artefact, deadline: Deadline) -> Failure | None:
    """Why a list of the table can't be read; None if its first object was."""
    told = api.first_page(row.path(), Question("list", resource_of(row)), deadline)
    return told if isinstance(told, Failure) else None


def _date(text: str) -> float | None:
    """An HTTP date (RFC 9110, section 5.6.7)."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        return _map(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
