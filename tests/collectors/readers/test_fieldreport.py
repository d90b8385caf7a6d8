"""Command output as a field report prints it, in text files: the gold-rabbit VM from its port to
the uplink, and honest where the report prints nothing.

The report's outputs are of two times: its port groups hold the port of an earlier launcher pod,
which is printed nowhere.
"""

import shutil
from pathlib import Path

import pytest

from ovntrace.api import read_dump
from ovntrace.view.types import Attachment, ExplainView, State

FOLDER = Path(__file__).parents[1] / "fieldreport"
VM = "centos-stream9-gold-rabbit-80"
LSP = f"llm.demo.llm.demo.localnet.network_llm-demo_virt-launcher-{VM}-mkm5c"
PORT, EARLIER = "64247ac4-52b7-440a-aec8-320cc1d742dd", "1596d9ca-b8dd-4a07-a96a-7c2334bc8a7d"
GROUP, POLICY = "a2829001848871617131", "allow-ipblock-cnv-01"


def _attachment(view: ExplainView) -> Attachment:
    [one] = [one for one in view.attachments if one.network == "localnet-cnv"]
    return one


@pytest.fixture(scope="module")
def printed() -> ExplainView:
    """As it is printed."""
    return read_dump(FOLDER).explain(VM)


@pytest.fixture(scope="module")
def of_one_time(tmp_path_factory: pytest.TempPathFactory) -> ExplainView:
    """With the port groups as they are when the VM's port is the one that is printed."""
    folder = tmp_path_factory.mktemp("report") / "report"
    shutil.copytree(FOLDER, folder)
    [groups] = folder.glob("*-find-Port_Group.txt")
    text = groups.read_text()
    assert EARLIER in text
    groups.write_text(text.replace(EARLIER, PORT))
    return read_dump(folder).explain(VM)


def test_the_workload(printed: ExplainView) -> None:
    workload = printed.workload
    assert (workload.kind, workload.namespace, workload.name) == ("vm", "llm-demo", VM)
    assert (workload.node, workload.pod) == ("master-01-demo", f"virt-launcher-{VM}-mkm5c")


def test_port_binding_and_interface(printed: ExplainView) -> None:
    one = _attachment(printed)
    hops = {hop.kind: hop for hop in one.hops}
    assert (one.lsp, one.mac, one.nad) == (
        LSP,
        "02:00:a3:00:00:01",
        "llm-demo/llm-demo-localnet-network",
    )
    for kind in ("logical-switch-port", "port-binding", "ovs-interface", "logical-switch"):
        assert hops[kind].state is State.OK, kind
    assert hops["port-binding"].facts["tunnel_key"] == 3
    assert hops["ovs-interface"].name == "13a96759b2559_3"
    assert hops["ovs-interface"].facts["ofport"] == 139
    assert hops["logical-switch"].name == "localnet.cnv_ovn_localnet_switch"
    assert hops["localnet-port"].name == "localnet.cnv_ovn_localnet_port"
    assert (hops["external-bridge"].name, hops["uplink"].name) == ("br-ex", "bond0")


def test_nothing_is_called_broken_and_nothing_empty(printed: ExplainView) -> None:
    one = _attachment(printed)
    assert not [hop.kind for hop in one.hops if hop.state is State.BROKEN]
    assert {"ACL", "Port_Group"} <= set(one.unread)
    assert one.policies is None


def test_what_is_not_printed_is_a_gap(printed: ExplainView) -> None:
    gaps = {gap.artefact: gap.detail for gap in printed.gaps}
    assert {"pods", "virtualmachineinstances", "multi-networkpolicies", "nb", "sb", "ovs"} <= set(
        gaps
    )
    assert "Port_Group" in gaps["nb"]
    assert "Port_Binding" in gaps["sb"]


def test_groups_and_acls_with_their_policies(of_one_time: ExplainView) -> None:
    one = _attachment(of_one_time)
    assert one.port_groups == (GROUP,)
    told = {
        (acl.direction, acl.priority, acl.match, acl.policy.namespace, acl.policy.name)
        for acl in one.acls
        if acl.policy is not None
    }
    assert told == {
        (direction, 1001, f"{match} && {port} == @{GROUP}", "llm-demo", POLICY)
        for direction, port, match in (
            ("from-lport", "inport", "ip4.dst == 0.0.0.0/0 && ip4.dst != {192.168.77.0/24}"),
            ("from-lport", "inport", "ip4.dst == 192.168.77.1/32"),
            ("from-lport", "inport", "ip4.dst == 192.168.77.92/32"),
            ("to-lport", "outport", "ip4.src == 192.168.77.1/32"),
            ("to-lport", "outport", "ip4.src == 192.168.77.92/32"),
        )
    }
