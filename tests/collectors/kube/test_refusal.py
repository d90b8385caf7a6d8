"""What the API server's refusals mean, in its own words and others'."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.kube.refusal import Question, failure_of_status, message_of
from ovntrace.model.capture import Reason

EXEC = Question("get", "pods/exec", "ovn")


def status(message: object) -> bytes:
    return json.dumps({"kind": "Status", "status": "Failure", "message": message}).encode()


def test_the_servers_verb_is_the_one_that_is_named() -> None:
    message = (
        'pods "p" is forbidden: User "system:serviceaccount:a:b" cannot create resource '
        '"pods/exec" in API group "" in the namespace "ovn"'
    )
    failure = failure_of_status(403, status(message), EXEC)
    assert failure.reason is Reason.DENIED
    assert failure.detail == (
        "not allowed to create pods/exec in namespace ovn (as system:serviceaccount:a:b)"
    )
    assert "can-i create pods/exec -n ovn" in failure.hint


@pytest.mark.parametrize("body", [b"", b"<html>Forbidden</html>", status("no"), status(3), b"[]"])
def test_a_refusal_without_words_is_named_by_what_was_asked(body: bytes) -> None:
    failure = failure_of_status(403, body, EXEC)
    assert failure.detail == "not allowed to get pods/exec in namespace ovn"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (400, Reason.UNREACHABLE),
        (401, Reason.DENIED),
        (404, Reason.ABSENT),
        (500, Reason.UNREACHABLE),
        (302, Reason.UNREACHABLE),
    ],
)
def test_reasons(code: int, reason: Reason) -> None:
    assert failure_of_status(code, b"", EXEC).reason is reason


@given(st.binary(max_size=3000))
def test_a_message_is_one_bounded_line(body: bytes) -> None:
    message = message_of(body)
    assert "\n" not in message
    assert len(message) <= 400
