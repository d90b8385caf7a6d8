"""OpenStack Neutron: ports by the names that people gave, sound hops, rules and their groups."""

from typing import Any

import pytest

from ovntrace.errors import WrongQuestionError
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.flows import FlowJudge
from ovntrace.verdict.lint import lint
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from ovntrace.view.find import find_workload
from ovntrace.view.listing import list_workloads
from ovntrace.view.subject import Query
from ovntrace.view.types import State
from tests.cms import neutron
from tests.cms.asking import explained, found, kinds, only
from tests.cms.node import snapshot
from tests.cms.rows import northbound

TAP = f"tap{neutron.WEB[:11]}"
PROVNET = f"provnet-{neutron.SEGMENT}"
CHASSIS = {neutron.HOST: "chassis-1", neutron.OTHER_HOST: "chassis-2"}
BOUND = {
    neutron.WEB: neutron.HOST,
    neutron.DB: neutron.OTHER_HOST,
    neutron.OFF: neutron.HOST,
    neutron.SUB: neutron.HOST,
    neutron.OUTER: neutron.HOST,
    neutron.SRIOV: neutron.OTHER_HOST,
}


def _vif(port: str, mac: str) -> dict[str, str]:
    """As os-vif plugs it in (openstack/os-vif vif_plug_ovs/ovsdb/ovsdb_lib.py)."""
    return {
        "iface-id": port,
        "iface-status": "active",
        "attached-mac": mac,
        "vm-uuid": neutron.INSTANCE_WEB,
        "ovn-installed": "true",
    }


INTERFACES = {
    TAP: _vif(neutron.WEB, "fa:16:3e:00:01:01"),
    f"tap{neutron.OFF[:11]}": _vif(neutron.OFF, "fa:16:3e:00:01:04"),
    # With the hybrid plug the node's bridge is between: its end on br-int has the iface-id.
    f"qvo{neutron.OUTER[:11]}": _vif(neutron.OUTER, "fa:16:3e:00:02:01"),
    f"tap{neutron.META[:11]}": {"iface-id": neutron.META},
}


def _cloud(tables: dict[str, list[dict[str, Any]]] | None = None, **given: Any) -> Snapshot:
    known: dict[str, Any] = {
        "chassis": CHASSIS,
        "bound": BOUND,
        "interfaces": INTERFACES,
        "here": neutron.HOST,
        "mappings": {"physnet1": "br-provider"},
        "wires": {PROVNET: "br-provider"},
    }
    return snapshot(tables or neutron.tables(), **(known | given))


@pytest.mark.parametrize(
    "word",
    ["web-1", "port/web-1", neutron.INSTANCE_WEB, neutron.WEB, "10.0.0.11", "fa:16:3e:00:01:01"],
)
def test_a_port_by_every_name_that_a_person_has(word: str) -> None:
    view = explained(_cloud(), word)
    assert (view.workload.kind, view.workload.name) == ("port", "web-1")
    assert only(view).lsp == neutron.WEB
    identity = view.workload.identity
    assert identity is not None
    assert (identity.cms, identity.instance) == ("neutron", neutron.INSTANCE_WEB)
    assert (identity.owner, identity.project) == ("compute:nova", neutron.PROJECT)
    assert identity.network == "private"


def test_a_name_that_two_ports_have_is_not_guessed() -> None:
    for word in ("db-1", neutron.INSTANCE_DB):
        with pytest.raises(WrongQuestionError) as error:
            find_workload(_cloud(), Query(word))
        assert sorted(error.value.candidates) == sorted(
            f"port/db-1 ({port})" for port in (neutron.DB, neutron.OFF)
        )
        # What is offered can be asked for as it stands.
        assert [find_workload(_cloud(), Query(one)).lsp for one in error.value.candidates]
    with pytest.raises(WrongQuestionError):
        find_workload(_cloud(), Query(f"port/of another ({neutron.DB})"))


def test_a_name_with_slashes() -> None:
    tables = neutron.tables()
    [row] = [one for one in tables["Logical_Switch_Port"] if one["name"] == neutron.WEB]
    row["external_ids"]["neutron:port_name"] = "shop/front/1"
    assert find_workload(_cloud(tables), Query("shop/front/1")).lsp == neutron.WEB


def test_an_instance_on_an_overlay_network_is_sound() -> None:
    view = explained(_cloud(), "web-1")
    attachment = only(view)
    assert found(view) == []
    assert (attachment.network, attachment.topology) == ("private", "layer2")
    assert attachment.interface == TAP
    assert kinds(attachment)[:5] == [
        "host-interface",
        "ovs-interface",
        "port-binding",
        "logical-switch-port",
        "logical-switch",
    ]
    assert "tunnel" in kinds(attachment)
    assert all(hop.state in (State.OK, State.UNKNOWN) for hop in attachment.hops)
    unknown = [hop.kind for hop in attachment.hops if hop.state is State.UNKNOWN]
    assert unknown == ["host-interface"]  # nobody read the node's links


def test_the_way_out_is_the_gateway_chassis_own() -> None:
    """A compute node without a mapping for the external network is as it should be."""
    gateway = {f"lrp-{neutron.LRP_OUT}": neutron.OTHER_HOST}
    view = explained(_cloud(gateways=gateway, mappings={}, wires={}), "web-1")
    assert found(view) == []
    [router] = [hop for hop in only(view).hops if hop.kind == "logical-router"]
    assert router.facts["gateway_chassis"] == "chassis-2"
    assert "bridge-mapping" not in kinds(only(view))


def test_without_a_gateway_chassis_a_missing_mapping_is_told() -> None:
    view = explained(_cloud(mappings={}, wires={}), "edge-1")
    [finding] = [one for hop in only(view).hops for one in hop.findings if one.id == "OVT603"]
    assert "ovn-bridge-mappings" in finding.remedy[0]
    assert "NodeNetworkConfigurationPolicy" not in finding.remedy[0]


def test_an_instance_on_a_provider_network_with_the_hybrid_plug() -> None:
    view = explained(_cloud(), "edge-1")
    attachment = only(view)
    assert found(view) == []
    assert (attachment.network, attachment.topology) == ("public", "localnet")
    assert attachment.interface.startswith("qvo")
    by_kind = {hop.kind: hop for hop in attachment.hops}
    assert by_kind["localnet-port"].name == PROVNET
    assert by_kind["localnet-port"].facts["tag"] == 100
    assert by_kind["external-bridge"].name == "br-provider"


def test_a_port_that_nobody_uses_is_not_broken() -> None:
    view = explained(_cloud(), "10.0.0.13")
    assert found(view) == [("OVT302", "info")]
    assert "ovs-interface" not in kinds(only(view))
    assert view.workload.name == neutron.IDLE  # it has no name


def test_an_instance_that_is_shut_off_is_told() -> None:
    bound = {port: host for port, host in BOUND.items() if port != neutron.WEB}
    interfaces = {name: ids for name, ids in INTERFACES.items() if name != TAP}
    view = explained(_cloud(bound=bound, interfaces=interfaces), "web-1")
    assert found(view) == [("OVT201", "error"), ("OVT302", "error")]
    [hop] = [hop for hop in only(view).hops if hop.kind == "ovs-interface"]
    assert hop.findings[0].remedy == ()  # no pod to delete


def test_where_an_instance_runs_is_not_guessed() -> None:
    """Its host is gone, and the first node is looked at in its place: that is no contradiction."""
    tables = neutron.tables()
    [row] = [one for one in tables["Logical_Switch_Port"] if one["name"] == neutron.DB]
    row["options"] = {"requested-chassis": "compute-9.example.org"}
    bound = {port: host for port, host in BOUND.items() if port != neutron.DB}
    view = explained(_cloud(tables, bound=bound), neutron.DB)
    assert found(view) == [("OVT302", "error")]
    assert "ovs-interface" not in kinds(only(view))
    [gap] = [gap for gap in view.gaps if gap.artefact == "sb"]
    assert "nothing that was read tells on which node" in gap.detail


def test_an_instance_on_the_wrong_host_is_told() -> None:
    interfaces = INTERFACES | {"tap-db": _vif(neutron.DB, "fa:16:3e:00:01:02")}
    bound = BOUND | {neutron.DB: neutron.HOST}
    assert found(explained(_cloud(interfaces=interfaces, bound=bound), neutron.DB)) == [
        ("OVT305", "error")
    ]


def test_a_port_whose_admin_state_is_down() -> None:
    view = explained(_cloud(), neutron.OFF)
    [finding] = [one for hop in only(view).hops for one in hop.findings if one.id == "OVT402"]
    assert "Neutron" in finding.title
    assert "OVN-Kubernetes" not in finding.title


def test_a_sub_port_comes_by_its_parent() -> None:
    view = explained(_cloud(), "web-sub")
    assert found(view) == []
    assert only(view).interface == TAP


def test_the_metadata_port_is_bound_to_no_chassis() -> None:
    view = explained(_cloud(), "10.0.0.2")
    assert found(view) == []
    assert view.workload.identity is not None
    assert view.workload.identity.is_machine is False


def test_a_port_past_ovn_has_no_interface() -> None:
    snap = _cloud()
    view = explained(snap, "fast-1")
    assert found(view) == []
    assert "ovs-interface" not in kinds(only(view))
    answer = Tracer(snap).trace(Flow("edge-1", "fast-1"), now=0)
    assert answer.verdict == "unknown"
    assert "SR-IOV" in answer.reason


def test_an_address_that_ports_share() -> None:
    """neutron ovn_client.py, _set_unset_virtual_port_type."""
    tables = neutron.tables()
    [row] = [one for one in tables["Logical_Switch_Port"] if one["name"] == neutron.IDLE]
    parents = f"{neutron.WEB},{neutron.SUB}"
    row |= {"type": "virtual", "options": {"virtual-ip": "10.0.0.13", "virtual-parents": parents}}
    assert found(explained(_cloud(tables), "10.0.0.13")) == [("OVT302", "warning")]
    answer = Tracer(_cloud(tables)).trace(Flow(neutron.DB, "10.0.0.13"), now=0)
    assert answer.verdict == "unknown"


def test_a_routers_side_is_plugged_in_nowhere() -> None:
    view = explained(_cloud(), neutron.LRP_IN)
    assert found(view) == []
    assert "ovs-interface" not in kinds(only(view))


def test_a_mac_that_was_changed_since() -> None:
    interfaces = INTERFACES | {TAP: _vif(neutron.WEB, "fa:16:3e:ff:ff:ff")}
    assert found(explained(_cloud(interfaces=interfaces), "web-1")) == [("OVT208", "warning")]


def test_rules_by_their_ids_and_groups() -> None:
    acls = {acl.uuid: acl.policy for acl in only(explained(_cloud(), "web-1")).acls}
    policies = [(p.kind, p.name, p.direction, p.rule_id) for p in acls.values() if p]
    assert len(policies) == len(acls) == 5
    assert ("SecurityGroup", neutron.GROUP_WEB, "Ingress", neutron.rule_id("web-80")) in policies
    assert ("SecurityGroup", neutron.GROUP_WEB, "Egress", neutron.rule_id("web-out")) in policies
    drops = sorted(p for p in policies if p[0] == "default-deny")
    assert drops == [
        ("default-deny", "neutron_pg_drop", "Egress", None),
        ("default-deny", "neutron_pg_drop", "Ingress", None),
    ]


def test_the_rule_that_decides_is_said() -> None:
    answer = Tracer(_cloud()).trace(Flow("web-1", neutron.DB, "tcp", 5432), now=0)
    assert answer.verdict == "allow"
    assert f"SecurityGroup {neutron.GROUP_DB}" in answer.reason
    assert neutron.rule_id("db-sql") in answer.reason


def test_from_network_to_network_is_unknown_and_no_wrong_question() -> None:
    answer = Tracer(_cloud()).trace(Flow("web-1", "edge-1", "tcp", 80), now=0)
    assert answer.verdict == "unknown"
    assert answer.reason == (
        "from network private to public the way leads through routers, which are not judged yet"
    )


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("203.0.113.77", "allow"),  # a neighbour on the wire
        ("203.0.113.1", "unknown"),  # the logical router's own
        ("8.8.8.8", "unknown"),  # by the router, or by one on the wire: nobody tells
    ],
)
def test_a_provider_network_with_a_router(address: str, verdict: str) -> None:
    answer = Tracer(_cloud()).trace(Flow("edge-1", address, "tcp", 443), now=0)
    assert answer.verdict == verdict, answer.reason
    back = Tracer(_cloud()).trace(Flow(address, "edge-1", "tcp", 80), now=0)
    assert back.verdict == verdict, back.reason


def test_a_mac_that_is_given_says_which_way() -> None:
    flow = Flow("edge-1", "8.8.8.8", "tcp", 443, dst_mac="52:54:00:00:00:01")
    assert Tracer(_cloud()).trace(flow, now=0).verdict == "allow"


@pytest.mark.parametrize(("port", "verdict"), [(neutron.WEB, "unknown"), (neutron.META, "allow")])
def test_dhcp_is_ovns_own_to_answer(port: str, verdict: str) -> None:
    mac = "fa:16:3e:00:01:01" if port == neutron.WEB else "fa:16:3e:00:01:06"
    packet = (
        f"eth.src == {mac} && eth.dst == ff:ff:ff:ff:ff:ff && ip4.src == 0.0.0.0 && "
        "ip4.dst == 255.255.255.255 && ip.ttl == 64 && udp.src == 68 && udp.dst == 67"
    )
    asked = {"switch": f"neutron-{neutron.PRIVATE}", "inport": port, "packet": packet}
    answer = FlowJudge(_cloud(), now=0).answer(asked)
    assert answer.verdict == verdict, answer.reason


def test_the_list_has_machines_by_their_names() -> None:
    rows = list_workloads(_cloud(), now=0).workloads
    assert [(row.name, row.network, row.topology, row.node) for row in rows] == sorted(
        [
            ("db-1", "private", "layer2", neutron.OTHER_HOST),
            ("db-1", "private", "layer2", neutron.HOST),
            ("edge-1", "public", "localnet", neutron.HOST),
            ("fast-1", "public", "localnet", neutron.OTHER_HOST),
            (neutron.IDLE, "private", "layer2", neutron.HOST),
            ("web-1", "private", "layer2", neutron.HOST),
            ("web-sub", "private", "layer2", neutron.HOST),
        ],
        key=lambda row: (row[0], [r.node for r in rows if r.name == row[0]].index(row[3])),
    )


def test_every_acl_compiles_and_networks_are_called_by_their_names() -> None:
    snap = Snapshot("ovsdb", "test", nb={"node": northbound(neutron.tables())})
    answer = lint(snap, network="private", now=0)
    assert answer.dead == ()
    assert answer.n_acls == 7


def test_a_group_without_its_ids_is_told_by_its_name() -> None:
    tables = neutron.tables()
    for group in tables["Port_Group"]:
        group.pop("external_ids", None)
    acls = only(explained(_cloud(tables), "web-1")).acls
    assert neutron.GROUP_WEB in {acl.policy.name for acl in acls if acl.policy}
