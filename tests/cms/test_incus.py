"""Incus and LXD: instances by their ids, network ACLs by their groups."""

from typing import Any

import pytest

from ovntrace.cms import incus as cms
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from ovntrace.view.listing import list_workloads
from tests.cms import incus
from tests.cms.asking import explained, found, kinds, only
from tests.cms.node import snapshot
from tests.cms.rows import northbound

HERE = "server-1"
PROVIDER = f"{incus.OUTER}-lsp-provider"


def _cluster(**given: Any) -> Snapshot:
    known: dict[str, Any] = {
        "chassis": {HERE: "chassis-1", "server-2": "chassis-2"},
        "bound": {incus.PORT_1: HERE, incus.PORT_2: "server-2"},
        "interfaces": {"veth1": {"iface-id": incus.PORT_1, "ovn-installed": "true"}},
        "here": HERE,
        "mappings": {"uplink": "incusovn1"},
        "wires": {PROVIDER: "incusovn1"},
    }
    return snapshot(incus.tables(), **(known | given))


@pytest.mark.parametrize("word", [incus.FIRST, incus.PORT_1, "10.5.0.11", "00:16:3e:00:00:11"])
def test_an_instance_by_what_rows_tell(word: str) -> None:
    view = explained(_cluster(), word)
    identity = view.workload.identity
    assert identity is not None
    assert (identity.cms, identity.instance, identity.device) == ("incus", incus.FIRST, "eth0")
    assert identity.name is None  # no row that is read has it
    assert view.workload.name == incus.PORT_1


def test_an_instance_is_sound_to_the_uplink() -> None:
    view = explained(_cluster(gateways={f"{incus.ROUTER}-lrp-ext": HERE}), incus.FIRST)
    attachment = only(view)
    assert found(view) == []
    assert (attachment.interface, attachment.network, attachment.topology) == (
        "eth0",
        "net5",
        "layer2",
    )
    assert "logical-router" in kinds(attachment)
    assert kinds(attachment)[-2:] == ["uplink", "tunnel"]


def test_another_server_has_the_uplink() -> None:
    gateways = {f"{incus.ROUTER}-lrp-ext": "server-2"}
    view = explained(_cluster(gateways=gateways, mappings={}, wires={}), incus.FIRST)
    assert found(view) == []
    assert "bridge-mapping" not in kinds(only(view))


def test_whose_the_acls_are() -> None:
    acls = only(explained(_cluster(), incus.FIRST)).acls
    told = {
        acl.priority: (acl.policy.kind, acl.policy.name, acl.policy.direction, acl.policy.rule)
        for acl in acls
        if acl.policy
    }
    assert told[300] == ("NetworkACL", "incus_acl3", "Ingress", 0)  # logged, so numbered
    assert told[500] == ("NetworkACL", "incus_acl3", "Egress", None)
    assert told[0] == ("NetworkACL", "incus_acl3", None, None)
    assert told[111] == ("nic-default", incus.PORT_1, "Egress", None)
    assert told[200] == ("network-services", incus.INNER, None, None)
    assert len([acl for acl in acls if acl.policy is None]) == 0


def test_the_acl_that_decides_is_said() -> None:
    answer = Tracer(_cluster()).trace(Flow(incus.SECOND, incus.FIRST, "tcp", 80), now=0)
    assert answer.verdict == "allow"
    assert "NetworkACL incus_acl3, Ingress rule 0" in answer.reason


def test_the_list() -> None:
    rows = list_workloads(_cluster(), now=0).workloads
    assert {(row.name, row.node, row.interface, row.network) for row in rows} == {
        (incus.PORT_1, HERE, "eth0", "net5"),
        (incus.PORT_2, "server-2", "eth0", "net5"),
    }


def test_lxd_has_the_same_under_its_own_name() -> None:
    """canonical/lxd lxd/network/openvswitch/ovn.go: lxd_switch and the like; before UUIDs the
    instance's number."""
    tables = incus.tables()
    [row] = [one for one in tables["Logical_Switch_Port"] if one["name"] == incus.PORT_1]
    row["name"] = "lxd-net5-instance-12-eth0"
    row["external_ids"] = {"lxd_switch": "lxd-net5-ls-int"}
    tables["Logical_Switch"][0]["name"] = "lxd-net5-ls-int"
    nb = northbound(tables)
    port = nb.port("lxd-net5-instance-12-eth0")
    assert port is not None
    identity = cms.identity_of(port, nb.switch_of(port.uuid))
    assert identity is not None
    assert (identity.cms, identity.instance, identity.device) == ("lxd", "12", "eth0")
    assert identity.network == "net5"
