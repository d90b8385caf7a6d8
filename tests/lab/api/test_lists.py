"""Lists, single objects and failures over real TLS and HTTP."""

import gzip
import json
from pathlib import Path

import pytest

from tests.lab.api.clients import ask
from tests.lab.api.fixtures import Serve, serve, write_lists  # noqa: F401 - a fixture
from tests.lab.api.made_up import cluster, plain, pod
from tests.lab.api.rbac import Rule, User, admin
from tests.lab.api.server import ApiServer

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> ApiServer:  # noqa: F811
    pods_only = Rule(frozenset({"list"}), frozenset({""}), frozenset({"pods"}), namespace="demo")
    users = {"lab": admin(), "poor": User("poor", rules=(pods_only,))}
    return serve(write_lists(tmp_path / "kube", cluster()), users=users)


def names(answer: object) -> list[str]:
    assert isinstance(answer, dict)
    return [item["metadata"]["name"] for item in answer["items"]]


def test_list_is_as_the_api_writes_it(server: ApiServer) -> None:
    listed = ask(server, "/api/v1/pods").json()
    assert (listed["kind"], listed["apiVersion"]) == ("PodList", "v1")
    assert names(listed) == ["stuck", "two", "web-1", "web-2", "web-1"]
    assert "kind" not in listed["items"][0]
    nads = ask(server, "/apis/k8s.cni.cncf.io/v1/network-attachment-definitions").json()
    assert nads["items"][0]["kind"] == "NetworkAttachmentDefinition"
    assert names(ask(server, "/api/v1/namespaces/other/pods").json()) == ["web-1"]
    assert names(ask(server, "/api/v1/namespaces/nowhere/pods").json()) == []


def test_one_object(server: ApiServer) -> None:
    found = ask(server, "/api/v1/namespaces/demo/pods/two").json()
    assert (found["kind"], found["metadata"]["name"]) == ("Pod", "two")
    assert ask(server, "/api/v1/namespaces/demo").json()["kind"] == "Namespace"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("labelSelector=app%3Dweb", ["web-1", "web-2", "web-1"]),
        ("labelSelector=app%3Dweb,tier!%3Dback", ["web-1", "web-2"]),
        ("labelSelector=tier+in+(front,back),app", ["web-1", "web-1"]),
        ("fieldSelector=spec.nodeName%3Dnode-2", ["web-2"]),
        ("fieldSelector=status.phase!%3DRunning", ["stuck"]),
        ("fieldSelector=metadata.name%3Dweb-1,metadata.namespace%3Dother", ["web-1"]),
    ],
)
def test_selectors(server: ApiServer, query: str, expected: list[str]) -> None:
    assert names(ask(server, f"/api/v1/pods?{query}").json()) == expected


def test_events_of_a_pod(server: ApiServer) -> None:
    path = "/api/v1/namespaces/demo/events?fieldSelector=involvedObject.name%3D"
    assert names(ask(server, path + "stuck").json()) == ["stuck.1"]
    assert names(ask(server, path + "two").json()) == []


def test_pages_are_the_whole_once(server: ApiServer) -> None:
    whole = ask(server, "/api/v1/pods").json()["items"]
    token, paged, remaining = "", [], []
    while True:
        listed = ask(server, f"/api/v1/pods?limit=2&continue={token}").json()
        paged += listed["items"]
        remaining.append(listed["metadata"].get("remainingItemCount"))
        token = listed["metadata"].get("continue", "")
        if not token:
            break
    assert paged == whole
    assert remaining == [3, 1, None]


@pytest.mark.parametrize(
    ("path", "code", "reason", "message"),
    [
        ("/api/v1/namespaces/demo/pods/no", 404, "NotFound", 'pods "no" not found'),
        ("/api/v1/nothings", 404, "NotFound", "the server could not find the requested resource"),
        ("/api/v1/pods?continue=xx", 400, "BadRequest", "continue key is not valid"),
        ("/api/v1/pods?limit=x", 400, "BadRequest", "strconv.ParseInt"),
        ("/api/v1/pods?labelSelector=a%3D%3D%3Db", 400, "BadRequest", "unable to parse"),
        ("/api/v1/pods?fieldSelector=spec.x%3D1", 400, "BadRequest", "not supported: spec.x"),
        (
            "/apis/k8s.cni.cncf.io/v1/namespaces/demo/network-attachment-definitions/x",
            404,
            "NotFound",
            'network-attachment-definitions.k8s.cni.cncf.io "x" not found',
        ),
    ],
)
def test_failures_are_status_objects(
    server: ApiServer, path: str, code: int, reason: str, message: str
) -> None:
    answer = ask(server, path)
    status = answer.json()
    assert (answer.status, status["code"], status["reason"]) == (code, code, reason)
    assert (status["kind"], status["status"]) == ("Status", "Failure")
    assert message in status["message"]


@pytest.mark.parametrize(
    "path",
    [
        "kubevirt.io/v1/virtualmachines",
        "policy.networking.k8s.io/v1alpha1/adminnetworkpolicies",
        "policy.networking.k8s.io/v1alpha1/baselineadminnetworkpolicies",
        "k8s.ovn.org/v1/egressfirewalls",
    ],
)
def test_a_crd_without_file_is_not_served(server: ApiServer, path: str) -> None:
    answer = ask(server, f"/apis/{path}")
    assert (answer.status, answer.body) == (404, b"404 page not found\n")
    groups = ask(server, "/apis").json()["groups"]
    assert "kubevirt.io" not in [group["name"] for group in groups]


def test_resources_that_no_table_knows_are_served_where_their_objects_say(
    server: ApiServer, tmp_path: Path
) -> None:
    write_lists(tmp_path / "kube", {"egressips": [plain("EgressIP", "e", "k8s.ovn.org/v1")]})
    assert names(ask(server, "/apis/k8s.ovn.org/v1/egressips").json()) == ["e"]
    (listed,) = ask(server, "/apis/k8s.ovn.org/v1").json()["resources"]
    assert (listed["name"], listed["kind"], listed["namespaced"]) == (
        "egressips",
        "EgressIP",
        False,
    )


def test_changed_file_is_read_again(server: ApiServer, tmp_path: Path) -> None:
    before = ask(server, "/api/v1/pods").json()
    write_lists(tmp_path / "kube", {"pods": [pod("new")]})
    after = ask(server, "/api/v1/pods").json()
    assert names(after) == ["new"]
    assert before["metadata"]["resourceVersion"] != after["metadata"]["resourceVersion"]


def test_tokens(server: ApiServer) -> None:
    wrong = ask(server, "/api/v1/pods", token="wrong")
    assert (wrong.status, wrong.json()["reason"]) == (401, "Unauthorized")
    nobody = ask(server, "/api/v1/pods", token="")
    assert nobody.status == 403
    assert 'User "system:anonymous" cannot list resource "pods"' in nobody.json()["message"]


def test_refusals_name_verb_resource_and_place(server: ApiServer) -> None:
    assert ask(server, "/api/v1/namespaces/demo/pods", context="poor").status == 200
    refused = {
        "/api/v1/pods": 'pods is forbidden: User "poor" cannot list resource "pods" in API group '
        '"" at the cluster scope',
        "/api/v1/namespaces/demo/pods/two": 'pods "two" is forbidden: User "poor" cannot get '
        'resource "pods" in API group "" in the namespace "demo"',
        "/apis/k8s.cni.cncf.io/v1/network-attachment-definitions": "network-attachment-definitions"
        '.k8s.cni.cncf.io is forbidden: User "poor" cannot list resource '
        '"network-attachment-definitions" in API group "k8s.cni.cncf.io" at the cluster scope',
    }
    for path, message in refused.items():
        answer = ask(server, path, context="poor")
        assert (answer.status, answer.json()["message"]) == (403, message)


def test_nothing_can_be_changed(server: ApiServer) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = ask(server, "/api/v1/namespaces/demo/pods/two", method=method, body=b"{}")
        assert (answer.status, answer.json()["reason"]) == (405, "MethodNotAllowed")
    assert ask(server, "/api/v1/namespaces/demo/pods/two").status == 200


def test_tables_for_a_person(server: ApiServer) -> None:
    table = ask(server, "/api/v1/namespaces/demo/pods?limit=1", headers={"Accept": TABLE}).json()
    assert table["kind"] == "Table"
    columns = [column["name"] for column in table["columnDefinitions"] if not column["priority"]]
    assert columns == ["Name", "Ready", "Status", "Restarts", "Age"]
    (row,) = table["rows"]
    assert row["cells"][:4] == ["stuck", "0/1", "Pending", "1"]
    assert len(row["cells"]) == len(table["columnDefinitions"])
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert table["metadata"]["remainingItemCount"] == 3


def test_large_lists_are_compressed_where_asked(server: ApiServer, tmp_path: Path) -> None:
    path = "/api/v1/namespaces/demo/pods"
    small = ask(server, path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers
    write_lists(tmp_path / "kube", {"pods": [pod(f"p{number:04}") for number in range(600)]})
    plain_answer = ask(server, path)
    assert "Content-Encoding" not in plain_answer.headers
    packed = ask(server, path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain_answer.body
    assert len(json.loads(plain_answer.body)["items"]) == 600


def test_requests_are_known_without_tokens(server: ApiServer) -> None:
    ask(server, "/api/v1/pods?limit=1")
    ask(server, "/api/v1/nodes", context="poor")
    seen = [(one.method, one.path_qs, one.user, one.status) for one in server.requests]
    assert seen == [
        ("GET", "/api/v1/pods?limit=1", "kubernetes-admin", 200),
        ("GET", "/api/v1/nodes", "poor", 403),
    ]
    assert server.users["poor"].token not in repr(server.requests) + repr(server.users)
