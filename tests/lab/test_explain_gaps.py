"""What can't be read is a gap that says why, and the rest is shown; what can't be asked at all is
one clear line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab import example as ex
from tests.lab.api_process import serve_api
from tests.lab.asking import Answer, ask_live, ask_with, attachment, hops
from tests.lab.lab import Lab

pytestmark = pytest.mark.lab


def _kubeconfig(lab: Lab, tmp_path: Path, edit: Any) -> Path:
    import yaml

    config = yaml.safe_load(serve_api(lab.folder).read_text())
    edit(config)
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def _with_pod(lab: Lab, name: str, edit: Any) -> Any:
    """The lab's pods.json with one pod changed by `edit`; gives back how to undo it."""
    path = lab.folder / "kube" / "pods.json"
    before = path.read_text()
    document = json.loads(before)
    document["items"] = [
        item
        for item in document["items"]
        if item["metadata"]["name"] != name or edit(item) is not False
    ]
    _replace(path, json.dumps(document))
    return lambda: _replace(path, before)


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(".draft")
    draft.write_text(text)
    draft.rename(path)


def _one_line(answer: Answer) -> str:
    [line] = answer.stderr.strip().splitlines()
    assert "Traceback" not in line
    assert answer.text == ""
    return line


def test_a_pod_that_is_pending(own_lab: Lab) -> None:
    def pending(pod: Any) -> None:
        pod["status"] = {"phase": "Pending", "conditions": []}

    undo = _with_pod(own_lab, "tinypod", pending)
    try:
        answer = ask_live(own_lab, "explain", "tinypod", "--network", ex.NETWORK, "-o", "json")
    finally:
        undo()
    assert answer.answer["workload"]["phase"] == "Pending"
    assert hops(answer, ex.NETWORK, "port-binding")[0]["state"] == "ok"
    # Nothing runs in it, and its interface is read from the node all the same.
    assert hops(answer, ex.NETWORK, "pod-interface")[0]["facts"]["peer_ifindex"]


def test_a_pod_that_was_not_scheduled(own_lab: Lab) -> None:
    def unscheduled(pod: Any) -> None:
        del pod["spec"]["nodeName"]
        pod["status"] = {"phase": "Pending"}
        annotations = pod["metadata"]["annotations"]
        for key in ("k8s.ovn.org/pod-networks", "k8s.v1.cni.cncf.io/network-status"):
            annotations.pop(key, None)

    undo = _with_pod(own_lab, "tinypod", unscheduled)
    try:
        answer = ask_live(own_lab, "explain", "tinypod", "-o", "json")
    finally:
        undo()
    assert answer.code == 3
    assert any("is on no node" in gap["detail"] for gap in answer.answer["gaps"])
    assert [a["interface"] for a in answer.answer["attachments"]] == ["eth0", "net1"]


def test_a_pod_stuck_in_containercreating(own_lab: Lab) -> None:
    """It asks for the network, OVN has no port for it, and the event says why."""

    def stuck(pod: Any) -> None:
        pod["metadata"]["name"] = "stuck"
        pod["metadata"]["uid"] = "00000000-0000-4000-8000-000000000001"
        pod["status"] = {"phase": "Pending"}
        annotations = pod["metadata"]["annotations"]
        for key in ("k8s.ovn.org/pod-networks", "k8s.v1.cni.cncf.io/network-status"):
            annotations.pop(key, None)

    events = own_lab.folder / "kube" / "events.json"
    before = events.read_text()
    message = 'failed to find OVN bridge-mapping for network: "localnet-cnv"'
    document = json.loads(before)
    document["items"].append(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "stuck.1", "namespace": ex.NAMESPACE},
            "involvedObject": {"kind": "Pod", "name": "stuck", "namespace": ex.NAMESPACE},
            "reason": "FailedCreatePodSandBox",
            "message": message,
            "type": "Warning",
        }
    )
    _replace(events, json.dumps(document))
    undo = _with_pod(own_lab, "tinypod", stuck)
    try:
        answer = ask_live(own_lab, "explain", "stuck", "-o", "json")
    finally:
        undo()
        _replace(events, before)
    assert answer.code == 1
    one = attachment(answer, ex.NETWORK)
    assert one["lsp"] is None
    [port] = [hop for hop in one["hops"] if hop["kind"] == "logical-switch-port"]
    assert port["state"] == "broken"
    assert any(message in finding["title"] for finding in port["findings"])


def test_a_pod_that_is_gone_while_its_port_is_not(own_lab: Lab) -> None:
    pod = ex.TINYPOD_02
    undo = _with_pod(own_lab, pod.name, lambda _: False)
    try:
        by_name = ask_live(own_lab, "explain", pod.key, "-o", "json")
        by_port = ask_live(own_lab, "explain", pod.lsp, "-o", "json")
    finally:
        undo()
    for answer in (by_name, by_port):
        assert answer.answer["workload"]["name"] == pod.name
        assert any("left over" in gap["detail"] for gap in answer.answer["gaps"])
        assert attachment(answer, ex.NETWORK)["lsp"] == pod.lsp


def test_a_token_that_has_expired(own_lab: Lab, tmp_path: Path) -> None:
    def wrong_token(config: Any) -> None:
        for user in config["users"]:
            user["user"]["token"] = "expired"

    answer = ask_with(_kubeconfig(own_lab, tmp_path, wrong_token), "explain", "tinypod")
    assert answer.code == 3
    assert "401" in _one_line(answer) or "nauthorized" in _one_line(answer)


def test_a_context_that_does_not_exist(own_lab: Lab) -> None:
    answer = ask_live(own_lab, "explain", "tinypod", "--context", "nope")
    assert answer.code == 2
    line = _one_line(answer)
    assert "nope" in line
    assert "lab" in line  # a candidate


def test_a_server_that_can_not_be_reached(own_lab: Lab, tmp_path: Path) -> None:
    def elsewhere(config: Any) -> None:
        for cluster in config["clusters"]:
            cluster["cluster"]["server"] = "https://127.0.0.1:9"

    answer = ask_with(_kubeconfig(own_lab, tmp_path, elsewhere), "explain", "tinypod")
    assert answer.code == 3
    assert "127.0.0.1:9" in _one_line(answer)


@pytest.mark.parametrize("text", ["", "{", "just words", "- a\n- list\n", "kind: Config\n"])
def test_a_kubeconfig_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    answer = ask_with(path, "explain", "tinypod")
    assert answer.code == 2
    assert str(path) in _one_line(answer)


def test_a_kubeconfig_that_is_not_there(tmp_path: Path) -> None:
    answer = ask_with(tmp_path / "none", "explain", "tinypod")
    assert answer.code == 2
    assert "none" in _one_line(answer)


def test_errors_are_an_object_too(own_lab: Lab) -> None:
    answer = ask_live(own_lab, "explain", "nobody", "-o", "json")
    assert answer.code == 2
    assert answer.answer["schema"] == "ovntrace/v1"
    assert "nobody" in answer.answer["error"]["message"]
