"""Raw lists: pages, retries, refusals, and what a sick server or line does."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from collectors.deadline import Deadline
from collectors.kube import api as module
from collectors.kube.api import Api
from collectors.kube.kubeconfig import load
from collectors.kube.refusal import Question
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason
from tests.collectors.kube.clusters import access, folder, pod
from tests.lab.api.faults import Fault, FaultKind
from tests.lab.api.fixtures import Serve
from tests.lab.api.rbac import Rule, User, admin
from tests.lab.api.server import ApiServer

PODS = Question("list", "pods")
PATH = "/api/v1/pods"
NAMES = [f"pod-{number:04}" for number in range(25)]


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> ApiServer:
    objects: dict[str, Any] = {"pods": [pod(name, "demo") for name in NAMES], "namespaces": []}
    return serve(folder(tmp_path, objects))


@pytest.fixture
def api(server: ApiServer, tmp_path: Path) -> Api:
    return Api(access(server, tmp_path))


def names(answer: bytes | Failure) -> list[str]:
    assert isinstance(answer, bytes), answer
    return [item["metadata"]["name"] for item in json.loads(answer)["items"]]


def failed(answer: bytes | Failure) -> Failure:
    assert isinstance(answer, Failure), answer
    assert "\n" not in answer.detail
    return answer


def ask(api: Api, path: str = PATH, question: Question = PODS, timeout_s: float = 10) -> Any:
    return api.whole_list(path, question, Deadline.after(timeout_s))


def test_one_page_is_handed_on_as_it_came(api: Api, server: ApiServer) -> None:
    assert names(ask(api)) == NAMES
    assert len(server.requests) == 1
    assert "limit=500" in server.requests[0].path_qs


@pytest.mark.parametrize("size", [1, 7, 24, 25])
def test_pages_are_one_list(
    api: Api, server: ApiServer, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE_OBJECTS", size)
    answer = ask(api)
    assert names(answer) == NAMES
    assert json.loads(answer)["kind"] == "PodList"
    assert len(server.requests) == -(-len(NAMES) // size)


def test_an_expired_token_begins_anew(
    api: Api, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE_OBJECTS", 10)
    server.faults.add(Fault(FaultKind.EXPIRED, "/pods", times=1))
    assert names(ask(api)) == NAMES


def test_tokens_that_always_expire_end_with_one_great_page(
    api: Api, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE_OBJECTS", 10)
    server.faults.add(Fault(FaultKind.EXPIRED, "/pods"))
    assert names(ask(api)) == NAMES
    assert server.requests[-1].path_qs == PATH


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(api: Api, server: ApiServer, code: int) -> None:
    server.faults.add(Fault(FaultKind.STATUS, "/pods", times=2, code=code))
    assert names(ask(api)) == NAMES


def test_a_reset_before_the_answer_is_tried_again(api: Api, server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.RESET, "/pods", times=2))
    assert names(ask(api)) == NAMES


def test_what_does_not_pass_is_said(api: Api, server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.STATUS, "/pods", code=500, message="etcd\nis gone"))
    failure = failed(ask(api, timeout_s=2))
    assert failure.reason is Reason.UNREACHABLE
    assert failure.detail == "list pods: the API server answered 500: etcd is gone"
    assert len(server.requests) > 1


def test_a_break_in_the_middle_is_truncated(api: Api, server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.BREAK, "/pods"))
    assert failed(ask(api, timeout_s=3)).reason is Reason.TRUNCATED


def test_a_slow_answer_is_not_waited_for(api: Api, server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.SLOW, "/pods", seconds=30))
    began = time.monotonic()
    failure = failed(ask(api, timeout_s=1))
    assert time.monotonic() - began < 3
    assert (failure.reason, failure.detail) == (
        Reason.TIMEOUT,
        "list pods had no answer within 1 s",
    )


def test_a_refusal_names_what_is_missing(serve: Serve, tmp_path: Path) -> None:
    rules = (Rule(frozenset({"list"}), frozenset({""}), frozenset({"pods"}), namespace="demo"),)
    lists = folder(tmp_path, {"pods": [], "namespaces": []})
    server = serve(lists, users={"jane": User("jane", rules=rules)})
    api = Api(access(server, tmp_path))
    failure = failed(ask(api))
    assert failure.reason is Reason.DENIED
    assert failure.detail == "not allowed to list pods in all namespaces (as jane)"
    assert failure.hint.endswith("kubectl auth can-i list pods -A")
    assert names(ask(api, "/api/v1/namespaces/demo/pods", Question("list", "pods", "demo"))) == []
    other = failed(ask(api, "/api/v1/namespaces/x/pods", Question("list", "pods", "x")))
    assert other.detail == "not allowed to list pods in namespace x (as jane)"


def test_wrong_or_expired_credentials(api: Api, server: ApiServer) -> None:
    server.users = {"other": admin()}
    failure = failed(ask(api))
    assert failure.reason is Reason.DENIED
    assert "401" in failure.detail
    assert "log in" in failure.hint


def test_a_resource_that_the_cluster_does_not_have(api: Api) -> None:
    path = "/apis/no.such.group/v1/things"
    assert failed(ask(api, path, Question("list", "things"))).reason is Reason.ABSENT


def test_a_server_that_is_gone(api: Api, server: ApiServer) -> None:
    server.stop()
    failure = failed(ask(api, timeout_s=5))
    assert failure.reason is Reason.UNREACHABLE
    assert failure.detail.startswith(server.url + ": ")
    assert "Connection refused" in failure.detail
    assert "0x" not in failure.detail


def test_a_certificate_of_somebody_else(
    server: ApiServer,
    serve: Serve,
    tmp_path: Path,
) -> None:
    other = serve(tmp_path / "kube")
    text = server.write_kubeconfig(tmp_path / "kubeconfig").read_text()
    (tmp_path / "wrong").write_text(text.replace(server.url, other.url))
    failure = failed(ask(Api(load(str(tmp_path / "wrong"), None).access)))
    assert failure.reason is Reason.UNREACHABLE
    assert "certificate" in failure.detail
    (tmp_path / "skip").write_text(
        text.replace(server.url, other.url).replace(
            "certificate-authority-data:", "insecure-skip-tls-verify: true\n    x-data:"
        )
    )
    skipping = failed(ask(Api(load(str(tmp_path / "skip"), None).access)))
    assert "401" in skipping.detail  # its users have other tokens: TLS was passed
