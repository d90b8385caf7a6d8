"""docs/rbac.yaml: explain works with just these rights, and each that is missing is named."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.program import environment, real, run
from tests.lab import example
from tests.lab.api.rbac import Rule, User, user_of_manifest
from tests.lab.api.requests import Options
from tests.lab.api.server import ApiServer
from tests.lab.fixtures import NewLab
from tests.lab.kube_cluster import OVNKUBE_NAMESPACE
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

MANIFEST = Path(__file__).parents[1] / "docs" / "rbac.yaml"
READS = (
    ("", "pods"),
    ("", "events"),
    ("networking.k8s.io", "networkpolicies"),
    ("k8s.cni.cncf.io", "network-attachment-definitions"),
    ("k8s.cni.cncf.io", "multi-networkpolicies"),
    ("policy.networking.k8s.io", "adminnetworkpolicies"),
    ("policy.networking.k8s.io", "baselineadminnetworkpolicies"),
    ("k8s.ovn.org", "egressfirewalls"),
    ("kubevirt.io", "virtualmachines"),
    ("kubevirt.io", "virtualmachineinstances"),
)
# Lists that are asked for only where a workload needs them.
SELDOM = frozenset(
    ("events", "adminnetworkpolicies", "baselineadminnetworkpolicies", "egressfirewalls")
)


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one resource."""

    verb: str
    group: str
    resource: str
    namespace: str = ""

    @property
    def context(self) -> str:
        """A context's name for the user who lacks it."""
        return f"without-{self.verb}-{self.resource.replace('/', '-')}"


RIGHTS = (
    *(Right("list", group, resource) for group, resource in READS),
    Right("get", "", "pods/exec", OVNKUBE_NAMESPACE),
    Right("create", "", "pods/exec", OVNKUBE_NAMESPACE),
)


def rights_of(user: User) -> list[Right]:
    """What its rules grant, one by one."""
    return [
        Right(verb, group, resource, rule.namespace)
        for rule in user.rules
        for verb in sorted(rule.verbs)
        for group in sorted(rule.groups)
        for resource in sorted(rule.resources)
    ]


def user_with(name: str, rights: list[Right]) -> User:
    rules = [
        Rule(
            frozenset({r.verb}),
            frozenset({r.group}),
            frozenset({r.resource}),
            frozenset(),
            r.namespace,
        )
        for r in rights
    ]
    return User(name, rules=tuple(rules))


def users() -> dict[str, User]:
    """All that the manifest binds, and the same without each right; and with exec in workloads."""
    granted = rights_of(user_of_manifest(MANIFEST, "granted"))
    workloads = [
        Right("get", "", "pods", example.NAMESPACE),
        *(Right(verb, "", "pods/exec", example.NAMESPACE) for verb in ("get", "create")),
    ]
    found = {"granted": user_with("granted", granted)}
    found["workloads"] = user_with("workloads", [*granted, *workloads])
    lists = [Right("list", "", resource) for resource in ("nodes", "namespaces")]
    found["dump"] = user_with("dump", [*granted, *lists])
    for right in granted:
        found[right.context] = user_with(right.context, [r for r in granted if r != right])
    return found


@dataclass(frozen=True, slots=True)
class Cluster:
    """A lab served to users of few rights."""

    server: ApiServer
    kubeconfig: Path

    def explain(self, context: str, name: str = example.TINYPOD.name) -> "Said":
        """What a user is told."""
        words = real("explain", name, "-n", example.NAMESPACE, "-o", "json")
        words += ["--kubeconfig", str(self.kubeconfig), "--context", context]
        done = run(words, environment(PATH=os.environ["PATH"]))
        return Said(done.returncode, json.loads(done.stdout), done.stderr)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its exit code, the JSON and stderr."""

    code: int
    answer: dict[str, Any]
    stderr: str

    @property
    def refusals(self) -> list[str]:
        """What was refused: the error, or the gaps."""
        if "error" in self.answer:
            return [self.answer["error"]["message"]]
        return [gap["detail"] for gap in self.answer["gaps"] if gap["reason"] == "denied"]


def served(lab: Lab, folder: Path) -> Iterator[Cluster]:
    folder.mkdir(exist_ok=True)
    options = Options(exec_needs_create=True, minor_version=35)
    with ApiServer(lab.places.kube, users=users(), options=options) as server:
        yield Cluster(server, server.write_kubeconfig(folder / "kubeconfig"))


@pytest.fixture(scope="module")
def cluster(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The running example, sound."""
    yield from served(lab, tmp_path_factory.mktemp("rbac"))


def test_the_manifest_binds_these_rights_and_no_others() -> None:
    granted = rights_of(user_of_manifest(MANIFEST))
    assert sorted(granted, key=str) == sorted(RIGHTS, key=str)


def test_the_optional_roles_are_bound_nowhere() -> None:
    documents = list(yaml.safe_load_all(MANIFEST.read_text()))
    bound = {doc["roleRef"]["name"] for doc in documents if doc["kind"].endswith("Binding")}
    roles = {doc["metadata"]["name"] for doc in documents if "rules" in doc}
    assert roles - bound == {"ovntrace-workloads", "ovntrace-dump"}


def test_explain_is_whole_with_just_these_rights(cluster: Cluster) -> None:
    said = cluster.explain("granted")
    assert (said.code, said.stderr) == (0, "")
    assert said.answer["gaps"] == []
    # Exec in the workload is refused, and its interfaces are read from the node.
    first = said.answer["attachments"][0]["hops"][0]
    assert first["kind"] == "pod-interface"
    assert first["state"] == "ok"
    assert first["facts"]["ifindex"] is not None


@pytest.mark.parametrize(("context", "code"), [("dump", 0), ("granted", 3)])
def test_a_dump_is_whole_with_its_own_role(
    cluster: Cluster, tmp_path: Path, context: str, code: int
) -> None:
    """Without it two lists are gaps, and everything else is there."""
    words = ["--kubeconfig", str(cluster.kubeconfig), "--context", context]
    done = run(
        real("dump", "-o", str(tmp_path / "d"), *words), environment(PATH=os.environ["PATH"])
    )
    assert done.returncode == code, done.stderr
    manifest = json.loads((tmp_path / "d" / "manifest.json").read_text())
    gaps = [one["artefact"] for one in manifest["missing"] if one["gap"]]
    assert gaps == ([] if code == 0 else ["nodes", "namespaces"])
    for gap in gaps:
        assert f"not allowed to list {gap} in all namespaces" in done.stderr
    named = real("explain", example.TINYPOD.name, "-o", "json", "--from", str(tmp_path / "d"))
    from_dump = json.loads(run(named).stdout)
    assert from_dump["attachments"] == cluster.explain("granted").answer["attachments"]


def test_with_the_optional_rights_it_execs_in_the_workload(cluster: Cluster) -> None:
    before = len(cluster.server.settled())
    said = cluster.explain("workloads")
    assert (said.code, said.answer["gaps"]) == (0, [])
    asked = [one for one in cluster.server.settled()[before:] if "/exec" in one.path_qs]
    in_workload = [one for one in asked if f"/namespaces/{example.NAMESPACE}/" in one.path_qs]
    assert [one.status for one in in_workload] == [101]


@pytest.mark.parametrize(
    "right", [r for r in RIGHTS if r.resource not in SELDOM], ids=lambda right: right.context
)
def test_each_right_that_is_missing_is_named(cluster: Cluster, right: Right) -> None:
    said = cluster.explain(right.context)
    assert said.refusals, said
    text = " ".join(said.refusals)
    # Of pods the namespace that can't be done without: all others would be a gap.
    namespace = OVNKUBE_NAMESPACE if right.resource == "pods" else right.namespace
    where = f"in namespace {namespace}" if namespace else "in all namespaces"
    assert f"not allowed to {right.verb} {right.resource}" in text
    assert where in text
    needed = right.resource in ("pods", "pods/exec")
    assert said.code == (3 if needed else 0)


def test_events_are_named_where_they_are_asked_for(new_lab: NewLab, tmp_path: Path) -> None:
    """They are read only where a pod has no logical port."""
    lab = new_lab(policies=False)
    lab.ctl("ovn-nbctl", "--wait=hv", "lsp-del", example.TINYPOD.lsp)
    for cluster in served(lab, tmp_path):
        whole, said = cluster.explain("granted"), cluster.explain("without-list-events")
        assert (whole.code, whole.refusals) == (1, [])
        assert said.code == 1
        text = " ".join(said.refusals)
        assert f"not allowed to list events in namespace {example.NAMESPACE}" in text


GUARD = {
    "apiVersion": "policy.networking.k8s.io/v1alpha1",
    "kind": "AdminNetworkPolicy",
    "metadata": {"name": "guard"},
    "spec": {
        "priority": 10,
        "subject": {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "llm-demo"}}},
        "ingress": [
            {
                "action": "Deny",
                "from": [{"namespaces": {}}],
                "ports": [{"portNumber": {"port": 9100, "protocol": "TCP"}}],
            }
        ],
    },
}
GUARDS_ACL = (
    "external_ids:k8s.ovn.org/owner-type=AdminNetworkPolicy",
    "external_ids:k8s.ovn.org/name=guard",
    "external_ids:direction=Ingress",
    "external_ids:gress-index=0",
    "external_ids:port-policy-protocol=tcp",
)


def test_an_administrator_s_policy_is_read_where_an_acl_is_of_it(
    new_lab: NewLab, tmp_path: Path
) -> None:
    """With its right it tells the peer and the ports, without it that is a gap; a cluster that does
    not have the kind at all has none."""
    lab = new_lab(policies=False)
    lab.ctl("ovn-nbctl", "pg-add", "guarded", example.TINYPOD.lsp)
    match = "outport == @guarded && tcp && tcp.dst == 9100"
    lab.ctl(
        "ovn-nbctl", "--type=port-group", "acl-add", "guarded", "to-lport", "9000", match, "drop"
    )
    uuid = lab.ctl("ovn-nbctl", "--bare", "--columns=_uuid", "find", "ACL", "priority=9000").strip()
    lab.ctl("ovn-nbctl", "--wait=hv", "set", "ACL", uuid, *GUARDS_ACL)
    file = lab.places.kube / "adminnetworkpolicies.json"
    for cluster in served(lab, tmp_path / "without"):
        said = cluster.explain("granted")
        assert (said.code, said.answer["gaps"], _guard(said)["peer"]) == (0, [], None)
        asked = [one for one in cluster.server.requests if "adminnetworkpolicies" in one.path_qs]
        assert [one.status for one in asked] == [404]
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [GUARD]}))
    for cluster in served(lab, tmp_path / "with"):
        said = cluster.explain("granted")
        assert (said.code, said.answer["gaps"], _guard(said)["peer"]) == (0, [], 0)
        assert _guard(said)["ports"] == [{"index": 0, "protocol": "TCP", "port": "9100"}]
        poor = cluster.explain("without-list-adminnetworkpolicies")
        assert (poor.code, _guard(poor)["peer"]) == (0, None)
        assert "not allowed to list adminnetworkpolicies in all namespaces" in poor.refusals[0]
        other = cluster.explain("without-list-egressfirewalls")
        assert (other.code, other.answer["gaps"]) == (0, [])


def _guard(said: Said) -> dict[str, Any]:
    acls = (acl for one in said.answer["attachments"] for acl in one["acls"])
    policies = (acl["policy"] for acl in acls if acl["policy"])
    [found] = [one for one in policies if one["kind"] == "AdminNetworkPolicy"]
    assert (found["name"], found["rule"]) == ("guard", 0)
    return dict(found)
