"""Kube as a collector: discovery, exec, lists, and what each refusal becomes."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from collectors.artifacts import ARTEFACTS, BY_NAME, Where
from collectors.gather import gather
from collectors.kube import Kube
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.kube.clusters import (
    CENTRAL_NODE_CONTAINERS,
    OPENSHIFT,
    execs,
    folder,
    interconnect,
    kube,
    ovnkube_node,
    pod,
)
from tests.collectors.kube.connect_proxy import running_proxy
from tests.lab.api.faults import Fault, FaultKind
from tests.lab.api.fixtures import Serve
from tests.lab.api.places import ExecPlace
from tests.lab.api.rbac import Rule, User, admin
from tests.lab.api.requests import Options
from tests.lab.api.server import ApiServer

NODE = Target(node="node-1")
WEB = Target(node="node-1", namespace="demo", pod="web")


def capture(result: Capture | Missing) -> Capture:
    assert isinstance(result, Capture), result
    return result


def missing(result: Capture | Missing) -> Missing:
    assert isinstance(result, Missing), result
    assert "\n" not in result.detail
    return result


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """An image: ovn-nbctl and ip print how they were called, ovs-ofctl says that nobody is there,
    ovs-vsctl hangs; there is no ovn-sbctl."""
    images = tmp_path / "image"
    images.mkdir()
    for name, script in {
        "ovn-nbctl": "printf '%s\\n' \"$*\"",
        "ip": "printf '%s\\n' \"$*\"",
        "ovs-ofctl": "echo 'ovs-ofctl: br-int is not a bridge or a socket' >&2; exit 1",
        "ovs-vsctl": "sleep 60",
    }.items():
        (images / name).write_text(f"#!/bin/sh\n{script}\n")
        (images / name).chmod(0o755)
    (images / "sleep").symlink_to("/bin/sleep")
    return images


@pytest.fixture
def place(tools: Path) -> ExecPlace:
    return ExecPlace(env={"PATH": str(tools)})


@pytest.fixture
def server(serve: Serve, tmp_path: Path, place: ExecPlace) -> ApiServer:
    return serve(folder(tmp_path, interconnect()), resolver=lambda *_: place)


def test_the_nodes_are_those_with_a_pod_of_ovn_kubernetes(
    server: ApiServer, tmp_path: Path
) -> None:
    cluster = kube(server, tmp_path)
    assert cluster.nodes() == ("node-1", "node-2")
    assert (cluster.kind, cluster.place, cluster.can_run()) == ("kube", server.url, None)


def test_a_capture_says_what_was_run_and_where(server: ApiServer, tmp_path: Path) -> None:
    got = capture(kube(server, tmp_path).fetch(NODE, BY_NAME["nb"], 10))
    assert got.data.startswith(b"--timeout=")
    assert got.argv[0] == "ovn-nbctl"
    assert got.origin.startswith(
        f"kubectl exec -n {OPENSHIFT} ovnkube-node-node-1 -c nbdb -- ovn-nbctl --timeout="
    )
    assert got.taken_at is not None
    assert abs(time.time() - got.taken_at) < 60
    assert got.seconds > 0


def test_one_exec_for_each_database_and_node(server: ApiServer, tmp_path: Path) -> None:
    cluster = kube(server, tmp_path)
    wants = [(Target(node=node), BY_NAME["nb"]) for node in ("node-1", "node-2")]
    for result in gather(cluster, wants, timeout_s=10):
        capture(result)
    assert len(execs(server, 2)) == 2
    assert sum(f"/{OPENSHIFT}/pods?" in request.path_qs for request in server.requests) == 1


def test_what_the_programs_failures_become(server: ApiServer, tmp_path: Path) -> None:
    cluster = kube(server, tmp_path)
    assert missing(cluster.fetch(NODE, BY_NAME["sb"], 10)).reason is Reason.ABSENT
    began = time.monotonic()
    assert missing(cluster.fetch(NODE, BY_NAME["ovs"], 1)).reason is Reason.TIMEOUT
    assert time.monotonic() - began < 4
    probe = capture(cluster.fetch(NODE, BY_NAME["ovs-vswitchd"], 10))
    assert probe.exit_code == 1
    assert "br-int" in probe.stderr


def test_a_workload_is_entered_by_its_running_container(server: ApiServer, tmp_path: Path) -> None:
    cluster = kube(server, tmp_path)
    web = capture(cluster.fetch(WEB, BY_NAME["pod-links"], 10))
    assert web.data == b"-j -d -s address\n"
    assert web.target.container == "main"
    launcher = Target(node="node-1", namespace="demo", pod="virt-launcher-gold-x")
    vm = capture(cluster.fetch(launcher, BY_NAME["pod-links-text"], 10))
    assert (vm.target.container, vm.data) == ("compute", b"address\n")


def test_a_named_namespace_is_entered_from_its_node(server: ApiServer, tmp_path: Path) -> None:
    target = Target(node="node-1", namespace="demo", pod="web", netns="abc-1")
    got = capture(kube(server, tmp_path).fetch(target, BY_NAME["pod-links"], 10))
    assert got.data == b"-n abc-1 -j -d -s address\n"
    assert "-c ovnkube-controller -- ip -n abc-1" in got.origin


@pytest.mark.parametrize("as_kubelet", [True, False])
@pytest.mark.parametrize("container", ["", "main"])
def test_a_pending_pod_is_said_to_be_pending(
    serve: Serve,
    tmp_path: Path,
    place: ExecPlace,
    container: str,
    as_kubelet: bool,
) -> None:
    server = serve(
        folder(tmp_path, interconnect()),
        resolver=lambda *_: place,
        options=Options(pending_is_bad_request=not as_kubelet),
    )
    target = Target(node="node-1", namespace="demo", pod="stuck", container=container)
    got = missing(kube(server, tmp_path).fetch(target, BY_NAME["pod-links"], 10))
    assert (got.reason, got.detail) == (
        Reason.ABSENT,
        "the pod is Pending: no container of it runs",
    )


def test_a_pod_that_is_gone(server: ApiServer, tmp_path: Path) -> None:
    target = Target(node="node-1", namespace="demo", pod="gone")
    got = missing(kube(server, tmp_path).fetch(target, BY_NAME["pod-links"], 10))
    assert (got.reason, got.detail) == (Reason.ABSENT, 'pods "gone" not found')


def test_lists_of_all_or_of_one_namespace(server: ApiServer, tmp_path: Path) -> None:
    cluster = kube(server, tmp_path)
    assert b"ovnkube-node-node-2" in capture(cluster.fetch(Target(), BY_NAME["pods"], 10)).data
    one = capture(cluster.fetch(Target(namespace="demo"), BY_NAME["pods"], 10))
    assert b"ovnkube-node" not in one.data
    assert one.origin == "GET /api/v1/namespaces/demo/pods"
    absent = missing(cluster.fetch(Target(), BY_NAME["virtualmachines"], 10))
    assert absent.reason is Reason.ABSENT
    assert absent.detail == "the cluster has no virtualmachines.kubevirt.io"


@pytest.mark.parametrize("named", [None, "our-ovn"])
def test_the_namespace_of_ovn_kubernetes(
    serve: Serve,
    tmp_path: Path,
    place: ExecPlace,
    named: str | None,
) -> None:
    where = named or "ovn-kubernetes"
    lists = folder(tmp_path, {"pods": [ovnkube_node("node-1", namespace=where)], "namespaces": []})
    server = serve(lists, resolver=lambda *_: place)
    cluster = kube(server, tmp_path, ovn_namespace=named)
    assert cluster.nodes() == ("node-1",)
    assert where in capture(cluster.fetch(NODE, BY_NAME["nb"], 10)).origin
    if named:
        nobody = kube(server, tmp_path, ovn_namespace="elsewhere").nodes()
        assert isinstance(nobody, Missing)
        assert "no ovnkube-node pods in namespace elsewhere" in nobody.detail


def test_central_databases_are_asked_once_for_all_nodes(
    serve: Serve,
    tmp_path: Path,
    place: ExecPlace,
) -> None:
    pods = [ovnkube_node(f"node-{n}", containers=CENTRAL_NODE_CONTAINERS) for n in range(4)]
    pods.append(pod("ovnkube-master-0", OPENSHIFT, containers=("northd", "nbdb", "sbdb")))
    lists = folder(tmp_path, {"pods": pods, "namespaces": []})
    server = serve(lists, resolver=lambda *_: place)
    wants = [(Target(node=f"node-{n}"), BY_NAME["nb"]) for n in range(4)]
    results = gather(kube(server, tmp_path), wants, timeout_s=10)
    assert [capture(result).target.node for result in results] == [f"node-{n}" for n in range(4)]
    assert all("ovnkube-master-0 -c nbdb" in capture(result).origin for result in results)
    asked = execs(server, 1)
    assert len(asked) == 1
    assert "--no-leader-only" in asked[0]


def test_another_central_pod_answers_for_one_that_can_not(
    serve: Serve,
    tmp_path: Path,
    place: ExecPlace,
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    tool = broken / "ovn-nbctl"
    tool.write_text("#!/bin/sh\necho 'database connection failed ()' >&2; exit 1\n")
    tool.chmod(0o755)
    bad = ExecPlace(env={"PATH": f"{broken}:/bin"})
    pods = [ovnkube_node("node-1", containers=CENTRAL_NODE_CONTAINERS)]
    pods += [pod(f"db-{n}", OPENSHIFT, containers=("northd", "nbdb")) for n in range(2)]
    lists = folder(tmp_path, {"pods": pods, "namespaces": []})
    server = serve(lists, resolver=lambda _ns, name, _c: bad if name == "db-0" else place)
    got = capture(kube(server, tmp_path).fetch(NODE, BY_NAME["nb"], 10))
    assert " db-1 " in got.origin
    assert len(execs(server, 2)) == 2


def refusing(serve: Serve, tmp_path: Path, place: ExecPlace, *rules: Rule) -> Kube:
    server = serve(
        folder(tmp_path, interconnect()),
        resolver=lambda *_: place,
        users={"jane": User("jane", rules=rules)},
    )
    return kube(server, tmp_path)


def rule(*resources: str, namespace: str = "", verbs: str = "get list") -> Rule:
    return Rule(
        frozenset(verbs.split()), frozenset({""}), frozenset(resources), namespace=namespace
    )


def test_exec_refused(serve: Serve, tmp_path: Path, place: ExecPlace) -> None:
    cluster = refusing(serve, tmp_path, place, rule("pods"))
    got = missing(cluster.fetch(NODE, BY_NAME["nb"], 10))
    assert got.reason is Reason.DENIED
    assert got.detail == f"not allowed to get pods/exec in namespace {OPENSHIFT} (as jane)"
    assert got.reason.changes_exit_code
    assert got.origin.startswith("kubectl exec")


def test_discovery_refused(serve: Serve, tmp_path: Path, place: ExecPlace) -> None:
    cluster = refusing(serve, tmp_path, place)
    got = missing(cluster.fetch(NODE, BY_NAME["nb"], 10))
    assert got.detail == f"not allowed to list pods in namespace {OPENSHIFT} (as jane)"
    nodes = cluster.nodes()
    assert isinstance(nodes, Missing)
    assert nodes.reason is Reason.DENIED


def test_rights_in_the_second_namespace_only(
    serve: Serve,
    tmp_path: Path,
    place: ExecPlace,
) -> None:
    lists = folder(
        tmp_path, {"pods": [ovnkube_node("node-1", namespace="ovn-kubernetes")], "namespaces": []}
    )
    user = User("jane", rules=(rule("pods", "pods/exec", namespace="ovn-kubernetes"),))
    server = serve(lists, resolver=lambda *_: place, users={"jane": user})
    assert kube(server, tmp_path).nodes() == ("node-1",)


def test_an_expired_token_is_said_for_all(server: ApiServer, tmp_path: Path) -> None:
    cluster = kube(server, tmp_path)
    server.users = {"other": admin()}
    wants = [(Target(), a) for a in ARTEFACTS if a.where is Where.API]
    wants += [(NODE, BY_NAME["nb"]), (WEB, BY_NAME["pod-links"])]
    for result in gather(cluster, wants, timeout_s=10):
        assert missing(result).reason is Reason.DENIED
        assert "(401)" in missing(result).detail


def test_a_server_that_is_gone_is_unreachable_also_for_a_probe(
    server: ApiServer, tmp_path: Path
) -> None:
    cluster = kube(server, tmp_path)
    assert cluster.nodes()
    server.stop()
    for name in ("nb", "ovs-vswitchd", "pods"):
        got = missing(cluster.fetch(NODE if name != "pods" else Target(), BY_NAME[name], 3))
        assert got.reason is Reason.UNREACHABLE, name
        assert server.url in got.detail


def test_ctrl_c_while_a_command_runs(server: ApiServer, tmp_path: Path) -> None:
    cluster = kube(server, tmp_path)
    assert cluster.nodes()
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        gather(cluster, [(NODE, BY_NAME["ovs"])], timeout_s=60)
    timer.join()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("credentials", [None, "me:p@ss"])
def test_through_a_proxy(
    server: ApiServer, tmp_path: Path, credentials: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    text = server.write_kubeconfig(tmp_path / "kubeconfig").read_text()
    with running_proxy(credentials) as proxy:
        user = "me:p%40ss@" if credentials else ""
        url = f"http://{user}127.0.0.1:{proxy.port}"
        (tmp_path / "k").write_text(
            text.replace(f"server: {server.url}", f"server: {server.url}\n    proxy-url: {url}")
        )
        cluster = Kube.open(kubeconfig=str(tmp_path / "k"))
        capture(cluster.fetch(NODE, BY_NAME["nb"], 10))
        assert len(proxy.asked) == 2  # the list, and the exec
    gone = missing(cluster.fetch(NODE, BY_NAME["nb"], 3))
    assert gone.reason is Reason.UNREACHABLE


def test_the_certificates_name_may_be_told(server: ApiServer, tmp_path: Path) -> None:
    text = server.write_kubeconfig(tmp_path / "kubeconfig").read_text()
    elsewhere = server.url.replace("127.0.0.1", "127.0.0.1.nip.invalid")
    assert elsewhere not in text
    by_name = server.url.replace("127.0.0.1", "localhost")
    told = f"server: {by_name}\n    tls-server-name: 127.0.0.1"
    (tmp_path / "k").write_text(text.replace(f"server: {server.url}", told))
    capture(Kube.open(kubeconfig=str(tmp_path / "k")).fetch(NODE, BY_NAME["nb"], 10))


def test_a_list_that_passes_trouble(server: ApiServer, tmp_path: Path) -> None:
    server.faults.add(Fault(FaultKind.STATUS, "/pods", times=1, code=503))
    server.faults.add(Fault(FaultKind.RESET, "/exec", times=1))
    capture(kube(server, tmp_path).fetch(NODE, BY_NAME["nb"], 20))


@pytest.mark.lab
def test_the_running_example(lab: Any, tmp_path: Path) -> None:
    """A real lab: each artefact of its node, and pods with three kinds of images."""
    with ApiServer(lab.folder / "kube") as server:
        cluster = kube(server, tmp_path)
        nodes = cluster.nodes()
        assert not isinstance(nodes, Missing)
        node = Target(node=nodes[0])
        names = ("nb", "sb", "ovs", "ovs-vswitchd", "node-links", "node-netns")
        for result in gather(cluster, [(node, BY_NAME[name]) for name in names], timeout_s=20):
            got = capture(result)
            tables = BY_NAME[got.artefact].tables
            assert len(got.data.splitlines()) == (len(tables) or len(got.data.splitlines()))
        reasons = {}
        for name in ("tinypod", "tinypod-01", "tinypod-02"):
            target = Target(node=nodes[0], namespace="llm-demo", pod=name)
            result = cluster.fetch(target, BY_NAME["pod-links"], 20)
            reasons[name] = result.reason if isinstance(result, Missing) else None
        assert reasons == {
            "tinypod": None,
            "tinypod-01": Reason.UNSUPPORTED,
            "tinypod-02": Reason.ABSENT,
        }
