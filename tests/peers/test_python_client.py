"""The Python kubernetes client, with its own exec, against the stand-in API server."""

import json
from typing import Any

import pytest
from kubernetes import client, config
from kubernetes.stream import stream

from tests.peers.conftest import Cluster


@pytest.fixture(scope="module")
def core(made_up_cluster: Cluster) -> Any:
    # Any: some versions of the client are typed, some are not.
    configuration: Any = config
    return client.CoreV1Api(configuration.new_client_from_config(str(made_up_cluster.kubeconfig)))


def test_lists_become_models(core: Any) -> None:
    pods = core.list_pod_for_all_namespaces(label_selector="app=web", limit=2)
    assert [pod.metadata.name for pod in pods.items] == ["web-1", "web-2"]
    assert pods.metadata.remaining_item_count is None
    rest = core.list_pod_for_all_namespaces(
        label_selector="app=web", limit=2, _continue=pods.metadata._continue
    )
    assert [pod.metadata.namespace for pod in rest.items] == ["other"]


def test_failures_are_its_exceptions(core: Any) -> None:
    with pytest.raises(client.ApiException) as caught:
        core.read_namespaced_pod("nopod", "demo")
    assert caught.value.status == 404
    assert json.loads(str(caught.value.body))["details"] == {"name": "nopod", "kind": "pods"}


def test_exec(core: Any) -> None:
    socket = stream(
        core.connect_get_namespaced_pod_exec,
        "web-1",
        "demo",
        command=["sh", "-c", "echo out; echo err >&2; exit 5"],
        stderr=True,
        stdin=False,
        stdout=True,
        tty=False,
        _preload_content=False,
    )
    socket.run_forever(timeout=20)
    assert (socket.read_stdout(), socket.read_stderr()) == ("out\n", "err\n")
    assert socket.returncode == 5
