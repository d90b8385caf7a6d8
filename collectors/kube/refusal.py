"""What the API server's refusals mean: a reason, one line, and what to try."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

# Worth another try: overload, and what a proxy or a starting server says.
TRANSIENT = frozenset((429, 500, 502, 503, 504))
_FORBIDDEN = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)"'
)
_MAX_DETAIL = 400


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, in the words of RBAC. `namespace` is empty for the whole cluster."""

    verb: str
    resource: str
    namespace: str = ""

    @property
    def scope(self) -> str:
        """Where, in words."""
        return f"in namespace {self.namespace}" if self.namespace else "in all namespaces"


def failure_of_status(code: int, body: bytes, question: Question) -> Failure:
    """What an HTTP status that is not the answer means."""
    message = message_of(body)
    if code == 401:
        return Failure(
            Reason.DENIED,
            "the API server does not accept the credentials (401): wrong or expired",
            "log in again, or choose another --context",
        )
    if code == 403:
        return _forbidden(message, question)
    if code == 404:
        detail = message or f"the API server has no {question.resource}"
        return Failure(Reason.ABSENT, detail)
    said = f": {message}" if message else ""
    detail = f"{question.verb} {question.resource}: the API server answered {code}{said}"
    return Failure(Reason.UNREACHABLE, detail)


def message_of(body: bytes) -> str:
    """The message of a Status object, else the first line of a plain text, bounded."""
    try:
        status = json.loads(body)
    except (ValueError, RecursionError):
        status = None
    if isinstance(status, Mapping):
        text = status.get("message")
        text = text if isinstance(text, str) else ""
    else:
        text = body[:2000].decode("utf-8", "replace")
    return " ".join(text.split())[:_MAX_DETAIL]


def _forbidden(message: str, question: Question) -> Failure:
    """Names the verb, resource and namespace: the server's, which may ask for another verb than
    we know of (newer ones want `create` for an exec over WebSocket)."""
    match = _FORBIDDEN.search(message)
    verb = match["verb"] if match else question.verb
    resource = match["resource"] if match else question.resource
    who = f" (as {match['user']})" if match else ""
    namespace = f" -n {question.namespace}" if question.namespace else " -A"
    return Failure(
        Reason.DENIED,
        f"not allowed to {verb} {resource} {question.scope}{who}",
        f"RBAC: give that role, and test with: kubectl auth can-i {verb} {resource}{namespace}",
    )
