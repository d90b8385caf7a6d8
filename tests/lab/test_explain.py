"""explain in a lab of real OVN: what it says equals what the tools say one by one."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.lab import example as ex
from tests.lab.asking import Answer, ask_live, ask_local, attachment, hops
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

_DOCS = Path(__file__).parents[2] / "docs"
NETWORKS = ("default", ex.NETWORK)


def _name(pod: ex.Pod) -> str:
    return f"vm/{pod.vm.name}" if pod.vm else f"pod/{pod.name}"


@pytest.fixture(scope="module")
def live(lab: Lab) -> dict[str, Answer]:
    """The answer about each workload through the API."""
    return {p.name: ask_live(lab, "explain", _name(p), "-o", "json") for p in ex.PODS}


@pytest.fixture(scope="module")
def local(lab: Lab) -> dict[str, Answer]:
    """The answer about each workload on the node."""
    return {p.name: ask_local(lab, "explain", _name(p), "-o", "json") for p in ex.PODS}


@pytest.fixture(params=("live", "local"))
def answers(request: pytest.FixtureRequest) -> dict[str, Answer]:
    """Both ways in, one after the other."""
    found: dict[str, Answer] = request.getfixturevalue(request.param)
    return found


def _words(text: str) -> list[str]:
    return text.split()


def _lsp(pod: ex.Pod, network: str) -> str:
    return pod.lsp if network == ex.NETWORK else pod.eth0_lsp


@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_sound(answers: dict[str, Answer], pod: ex.Pod) -> None:
    answer = answers[pod.name]
    assert answer.code == 0, answer.stderr
    assert [a["network"] for a in answer.answer["attachments"]] == list(NETWORKS)
    for one in answer.answer["attachments"]:
        for hop in one["hops"]:
            assert hop["state"] == "ok", hop


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_logical_rows(lab: Lab, answers: dict[str, Answer], pod: ex.Pod, network: str) -> None:
    answer, lsp = answers[pod.name], _lsp(pod, network)
    assert attachment(answer, network)["lsp"] == lsp
    [port] = hops(answer, network, "logical-switch-port")
    addresses = json.loads(_column(lab, "ovn-nbctl", "Logical_Switch_Port", lsp, "addresses"))
    assert port["facts"]["addresses"] == addresses["data"][0]
    [binding] = hops(answer, network, "port-binding")
    row = _find(lab, "ovn-sbctl", "Port_Binding", f"logical_port={lsp}")
    assert binding["facts"]["tunnel_key"] == row["tunnel_key"]
    assert binding["facts"]["up"] is row["up"] is True
    chassis = _find(lab, "ovn-sbctl", "Chassis", f"hostname={ex.NODE}")
    assert row["chassis"] == chassis["_uuid"]
    assert binding["facts"]["chassis"] == chassis["name"] == ex.CHASSIS_ID


def _column(lab: Lab, tool: str, table: str, record: str, column: str) -> str:
    text = lab.ctl(tool, "--format=json", f"--columns={column}", "list", table, record)
    document = json.loads(text)
    # A set of one element is printed as the element alone.
    cell = document["data"][0][0]
    many = cell[1] if isinstance(cell, list) and cell[0] == "set" else [cell]
    return json.dumps({"data": [many]})


def _find(lab: Lab, tool: str, table: str, *conditions: str) -> dict[str, Any]:
    document = json.loads(lab.ctl(tool, "--format=json", "find", table, *conditions))
    assert len(document["data"]) == 1, (table, conditions)
    return dict(zip(document["headings"], document["data"][0], strict=True))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_ovs_rows(lab: Lab, answers: dict[str, Answer], pod: ex.Pod, network: str) -> None:
    [hop] = hops(answers[pod.name], network, "ovs-interface")
    lsp = _lsp(pod, network)
    [name] = _words(
        lab.ctl(
            "ovs-vsctl",
            "--bare",
            "--columns=name",
            "find",
            "Interface",
            f"external_ids:iface-id={lsp}",
        )
    )
    assert hop["name"] == name
    assert hop["facts"]["bridge"] == lab.ctl("ovs-vsctl", "iface-to-br", name).strip()
    assert (
        str(hop["facts"]["ofport"])
        == lab.ctl("ovs-vsctl", "get", "Interface", name, "ofport").strip()
    )
    assert hop["facts"]["attached_mac"] == json.loads(
        lab.ctl("ovs-vsctl", "get", "Interface", name, "external_ids:attached_mac")
    )


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_links(lab: Lab, answers: dict[str, Answer], pod: ex.Pod, network: str) -> None:
    answer = answers[pod.name]
    [host] = hops(answer, network, "host-interface")
    [inner] = hops(answer, network, "pod-interface")
    link = _link(lab, lab.inside(_node_netns(lab), "ip", "-j", "link", "show", host["name"]).stdout)
    assert host["facts"]["ifindex"] == link["ifindex"]
    assert host["facts"]["mtu"] == link["mtu"]
    assert host["facts"]["mac"] == link["address"]
    # The pod's end is the interface of that index in the pod's own namespace.
    inside = lab.inside(_pod_netns(lab, pod), "ip", "-j", "link", "show", inner["name"]).stdout
    end = _link(lab, inside)
    assert inner["facts"]["ifindex"] == end["ifindex"] == link["link_index"]
    assert inner["facts"]["peer_ifindex"] == link["ifindex"]
    assert inner["facts"]["mac"] == end["address"]


def _link(lab: Lab, text: str) -> dict[str, Any]:
    del lab
    found: dict[str, Any] = json.loads(text)[0]
    return found


def _node_netns(lab: Lab) -> str:
    return str(json.loads((lab.folder / "lab.json").read_text())["node"][ex.NODE]["netns"])


def _pod_netns(lab: Lab, pod: ex.Pod) -> str:
    return str(json.loads((lab.folder / "lab.json").read_text())["pods"][pod.key]["netns"])


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_groups_and_acls(lab: Lab, answers: dict[str, Answer], pod: ex.Pod, network: str) -> None:
    one = attachment(answers[pod.name], network)
    uuid = lab.ctl(
        "ovn-nbctl",
        "--bare",
        "--columns=_uuid",
        "find",
        "Logical_Switch_Port",
        f"name={_lsp(pod, network)}",
    ).strip()
    found = json.loads(
        lab.ctl(
            "ovn-nbctl",
            "--format=json",
            "--columns=name,acls",
            "find",
            "Port_Group",
            f"ports{{>=}}{uuid}",
        )
    )["data"]
    assert sorted(one["port_groups"]) == sorted(name for name, _ in found)
    wanted = {reference for _, acls in found for reference in _uuids(acls)}
    switch = json.loads(
        lab.ctl(
            "ovn-nbctl",
            "--format=json",
            "--columns=acls",
            "find",
            "Logical_Switch",
            f"ports{{>=}}{uuid}",
        )
    )["data"]
    wanted |= {reference for [acls] in switch for reference in _uuids(acls)}
    shown = [acl["uuid"] for acl in one["acls"]]
    assert wanted <= set(shown)
    # What is shown beside them names no port, so that it concerns every port of the switch.
    for uuid in set(shown) - wanted:
        match = json.loads(lab.ctl("ovn-nbctl", "get", "ACL", uuid, "match"))
        assert "port" not in match


def _uuids(cell: Any) -> list[str]:
    if cell[0] == "uuid":
        return [cell[1]]
    return [item[1] for item in cell[1]]


@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_json_is_as_its_schema_says(answers: dict[str, Answer], pod: ex.Pod) -> None:
    schema = json.loads((_DOCS / "schema" / "explain.json").read_text())
    jsonschema.validate(answers[pod.name].answer, schema)


def test_vm_chain(live: dict[str, Answer]) -> None:
    pod = ex.GOLD_LAUNCHER
    assert pod.vm is not None
    kinds = [hop["kind"] for hop in attachment(live[pod.name], ex.NETWORK)["hops"]]
    assert kinds == [
        "guest-interface",
        "tap",
        "k6t-bridge",
        "pod-interface",
        "dummy-interface",
        "host-interface",
        "ovs-interface",
        "port-binding",
        "logical-switch-port",
        "logical-switch",
        "localnet-port",
        "bridge-mapping",
        "patch-port",
        "patch-port",
        "external-bridge",
        "uplink",
    ]
    [guest] = hops(live[pod.name], ex.NETWORK, "guest-interface")
    [dummy] = hops(live[pod.name], ex.NETWORK, "dummy-interface")
    assert guest["facts"]["mac"] == dummy["facts"]["mac"] == pod.mac
    assert guest["facts"]["addresses"] == [pod.vm.address]
    assert dummy["facts"]["info_kind"] == "tun"  # a tap stands for the dummy here, and is shown
    [uplink] = hops(live[pod.name], ex.NETWORK, "uplink")
    assert (uplink["name"], uplink["facts"]["link_state"]) == ("bond0", "up")


# What only one of the ways in can see: the guest (the API), what the API names.
_ONLY_LIVE = {"guest-interface"}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_both_ways_in_agree(
    live: dict[str, Answer], local: dict[str, Answer], pod: ex.Pod, network: str
) -> None:
    one, other = attachment(live[pod.name], network), attachment(local[pod.name], network)
    for key in ("interface", "nad", "network", "topology", "lsp", "mac", "port_groups"):
        assert one[key] == other[key], key
    assert [a.partition("/")[0] for a in one["addresses"]] == [
        a.partition("/")[0] for a in other["addresses"]
    ]
    assert _comparable(one["hops"]) == _comparable(other["hops"])
    assert _without_names(one["acls"]) == _without_names(other["acls"])


def _comparable(found: list[dict[str, Any]]) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Hops without evidence; without what the text of busybox's ip lacks, and counters."""
    lacking = ("info_kind", "state", "link_netns", "drops")
    kept = []
    for hop in found:
        if hop["kind"] in _ONLY_LIVE:
            continue
        facts = {
            key: value
            for key, value in hop["facts"].items()
            if key not in lacking and not key.endswith(("_dropped", "_errors"))
        }
        kept.append((hop["kind"], hop["name"], hop["state"], facts))
    return kept


def _without_names(acls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """ACLs without what the policies' objects give: names of default-deny owners, peers, ports."""
    kept = []
    for acl in acls:
        given = ("peer", "cidr", "ports")
        policy = {key: value for key, value in acl["policy"].items() if key not in given}
        if policy["kind"] == "default-deny":
            policy.pop("name")
        kept.append({**acl, "policy": policy})
    return kept


def test_workload_head_is_the_same(live: dict[str, Answer], local: dict[str, Answer]) -> None:
    for pod in ex.PODS:
        heads = [dict(answers[pod.name].answer["workload"]) for answers in (live, local)]
        phases = [head.pop("phase") for head in heads]
        assert heads[0] == heads[1]
        assert phases == ["Running", None]
        assert heads[0]["pod"] == pod.name


def test_images_differ(live: dict[str, Answer]) -> None:
    """One image has no ip, one has busybox's: the interface is found all the same."""
    commands = {}
    for pod in (ex.TINYPOD, ex.TINYPOD_01, ex.TINYPOD_02):
        [hop] = hops(live[pod.name], ex.NETWORK, "pod-interface")
        assert hop["facts"]["addresses"][0] == f"{pod.address}/24"
        commands[pod.name] = hop["evidence"][0]["command"]
        assert live[pod.name].answer["gaps"] == []
    assert " -- ip -d -s address" in commands["tinypod"]
    assert " tinypod-01 " in commands["tinypod-01"]
    assert " -- ip address" in commands["tinypod-01"]
    assert "ovnkube-node" in commands["tinypod-02"]


def test_names_that_mean_the_same(lab: Lab) -> None:
    pod, vm = ex.TINYPOD, ex.GOLD_LAUNCHER.vm
    assert vm is not None
    for name in ("llm-demo/tinypod", "pod/tinypod", pod.address, pod.mac.upper(), pod.lsp):
        assert name is not None
        found = ask_live(lab, "explain", name, "-o", "json").answer["workload"]
        assert (found["kind"], found["name"]) == ("pod", "tinypod"), name
    for name in (vm.name, vm.name[:20], vm.address, ex.GOLD_LAUNCHER.mac, ex.GOLD_LAUNCHER.name):
        found = ask_live(lab, "explain", name, "-o", "json").answer["workload"]
        assert (found["kind"], found["name"]) == ("vm", vm.name), name


@pytest.mark.parametrize("ask", [ask_live, ask_local], ids=["live", "local"])
def test_network_is_chosen_by_any_of_its_names(lab: Lab, ask: Any) -> None:
    for network in (ex.NETWORK, ex.NAD, ex.NAD.partition("/")[2]):
        answer = ask(lab, "explain", "tinypod", "--network", network, "-o", "json")
        assert [a["nad"] for a in answer.answer["attachments"]] == [ex.NAD]
    wrong = ask(lab, "explain", "tinypod", "--network", "nope", "-o", "json")
    assert wrong.code == 2
    assert len(wrong.answer["error"]["candidates"]) == 2


@pytest.mark.parametrize("ask", [ask_live, ask_local], ids=["live", "local"])
def test_a_wrong_name_lists_candidates_on_one_line(lab: Lab, ask: Any) -> None:
    wrong = ask(lab, "explain", "tinypot")
    assert wrong.code == 2
    assert wrong.text == ""
    assert len(wrong.stderr.strip().splitlines()) == 1
    assert "pod/llm-demo/tinypod" in wrong.stderr
    ambiguous = ask(lab, "explain", "centos-stream9-g")
    assert ambiguous.code == 2
    assert "vm/llm-demo/centos-stream9-gold-rabbit-80" in ambiguous.stderr
    assert "vm/llm-demo/centos-stream9-green-ferret-41" in ambiguous.stderr
