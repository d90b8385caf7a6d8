"""Faults on demand, from the test and from the control file."""

import http.client
import json
import os
import time
from pathlib import Path

import pytest

from tests.lab.api.clients import ask
from tests.lab.api.faults import Fault, FaultKind, Faults, fault_of
from tests.lab.api.fixtures import Serve, serve, write_lists  # noqa: F401 - a fixture
from tests.lab.api.made_up import cluster
from tests.lab.api.server import ApiServer

PODS = "/api/v1/pods"


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> ApiServer:  # noqa: F811
    lists = write_lists(tmp_path / "kube", cluster())
    return serve(lists, fault_file=tmp_path / "faults.json")


def test_transient_errors_pass(server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.STATUS, path="/pods", times=2, code=500))
    assert ask(server, "/api/v1/nodes").status == 200
    answers = [ask(server, PODS) for _ in range(3)]
    assert [answer.status for answer in answers] == [500, 500, 200]
    assert answers[0].json()["reason"] == "InternalError"


def test_too_many_requests_say_when_to_come_again(server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.STATUS, code=429, retry_after_s=3, message="too many"))
    answer = ask(server, PODS)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
    assert answer.json()["details"] == {"retryAfterSeconds": 3}
    server.faults.clear()
    assert ask(server, PODS).status == 200


def test_slow_answers(server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.SLOW, path=PODS, seconds=0.4, times=1))
    begun = time.monotonic()
    assert ask(server, PODS).status == 200
    assert 0.4 <= time.monotonic() - begun < 5


def test_the_connection_ends_in_the_middle(server: ApiServer) -> None:
    whole = ask(server, PODS).body
    server.faults.add(Fault(FaultKind.BREAK, path=PODS, times=2))
    for _ in range(2):
        with pytest.raises(http.client.IncompleteRead) as caught:
            ask(server, PODS)
        assert caught.value.partial == whole[: len(whole) // 2]
    assert ask(server, PODS).body == whole


def test_the_connection_ends_before_an_answer(server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.RESET, path=PODS, times=1))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(server, PODS)
    assert ask(server, PODS).status == 200


def test_expired_continue(server: ApiServer) -> None:
    token = ask(server, f"{PODS}?limit=1").json()["metadata"]["continue"]
    server.faults.add(Fault(FaultKind.EXPIRED, times=1))
    assert ask(server, f"{PODS}?limit=1").status == 200
    expired = ask(server, f"{PODS}?limit=1&continue={token}")
    assert (expired.status, expired.json()["reason"]) == (410, "Expired")
    assert "too old" in expired.json()["message"]
    assert ask(server, f"{PODS}?limit=1&continue={token}").status == 200


def test_the_control_file_is_read_when_it_changes(server: ApiServer, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"kind": "status", "code": 503, "times": 1}]))
    assert [ask(server, PODS).status for _ in range(2)] == [503, 200]
    file.write_text(json.dumps([{"kind": "status", "code": 504, "path": "/nodes$"}]))
    os.utime(file, ns=(1, 1))
    assert (ask(server, PODS).status, ask(server, "/api/v1/nodes").status) == (200, 504)
    file.unlink()
    assert ask(server, "/api/v1/nodes").status == 200


def test_a_fault_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        fault_of({"kind": "nonsense"})
    with pytest.raises(TypeError):
        fault_of({"kind": "slow", "minutes": 3})


def test_times_count_only_what_matches() -> None:
    faults = Faults()
    fault = Fault(FaultKind.STATUS, path="/pods", times=1)
    faults.add(fault)
    assert faults.hit("/nodes") == []
    assert faults.hit("/pods?x") == [fault]
    assert faults.hit("/pods") == []
