"""Access reviews, in JSON over HTTP and in protobuf as kubectl writes it."""

import json
from pathlib import Path

import pytest

from tests.lab.api.clients import ask
from tests.lab.api.fixtures import Serve, serve, write_lists  # noqa: F401 - a fixture
from tests.lab.api.made_up import cluster
from tests.lab.api.rbac import Ask, Rule, User, admin
from tests.lab.api.reviews import asked
from tests.lab.api.status import ApiError

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def field(number: int, value: bytes) -> bytes:
    """One length-delimited protobuf field."""
    return bytes((number << 3 | 2, len(value))) + value


def test_reviews_answer_for_who_asks(serve: Serve, tmp_path: Path) -> None:  # noqa: F811
    rule = Rule(frozenset({"get"}), frozenset({""}), frozenset({"pods/exec"}))
    users = {"lab": admin(), "u": User("u", rules=(rule,))}
    server = serve(write_lists(tmp_path / "kube", cluster()), users=users)
    wanted = {"verb": "create", "resource": "pods", "subresource": "exec", "namespace": "demo"}
    body = json.dumps({"spec": {"resourceAttributes": wanted}}).encode()
    for context, allowed in {"lab": True, "u": False}.items():
        answer = ask(server, REVIEWS, context=context, method="POST", body=body)
        assert answer.status == 201
        assert answer.json()["status"] == {"allowed": allowed}
        assert answer.json()["spec"]["resourceAttributes"] == wanted


def test_who_asks_is_told(serve: Serve, tmp_path: Path) -> None:  # noqa: F811
    users = {"lab": admin(), "u": User("system:serviceaccount:demo:u")}
    server = serve(write_lists(tmp_path / "kube", cluster()), users=users)
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    answer = ask(server, path, context="u", method="POST", body=b"{}")
    assert answer.status == 201
    assert answer.json()["status"]["userInfo"]["username"] == "system:serviceaccount:demo:u"


def test_protobuf_is_read() -> None:
    attributes = field(1, b"demo") + field(2, b"get") + field(5, b"pods") + field(6, b"exec")
    spec = field(1, attributes)
    raw = field(1, b"") + field(2, spec) + field(3, bytes((1 << 3, 0)))
    envelope = field(1, field(1, b"authorization.k8s.io/v1")) + field(2, raw)
    assert asked(b"k8s\0" + envelope) == Ask("get", "", "pods/exec", "demo")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"spec": null}', b"k8s\0", b"k8s\0\x12\xff", b"k8s\0\x0d\x01"]
)
def test_what_is_no_review_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        asked(body)
    assert caught.value.code == 400
