"""Text as people paste it: what is printed is there, and what is not is not known."""

from pathlib import Path

import pytest

from ovntrace.api import AskedSnapshot, Flow, read_dump
from ovntrace.view.types import Hop, State
from tests.collectors.dump.folders import write
from tests.collectors.readers import layouts

OLD = "ovn-kubernetes-2023-12-running-example"
PROMPT = "[root@worker-0 ~]# "


def chosen(artefact: str, table: str, *words: str) -> str:
    """The rows of a table in which one of the words stands, as `list` prints them."""
    rows = layouts.as_text(layouts.tables(OLD, "worker-0", artefact)[table]).decode().split("\n\n")
    return "\n\n".join(row for row in rows if any(word in row for word in words))


def ticket() -> str:
    """One pod's rows, searched for or filtered, and all of the node's own row."""
    nb = layouts.tables(OLD, "worker-0", "nb")
    port = chosen("nb", "Logical_Switch_Port", "localnet.network_llm-demo_tinypod\n")
    uuid = port.split("\n")[0].partition(": ")[2]
    commands = {
        "ovn-nbctl list Logical_Switch_Port | grep -A 20 tinypod": port,
        "ovn-nbctl find Port_Group ports{>=}" + uuid: chosen("nb", "Port_Group", uuid),
        "ovn-nbctl list ACL": layouts.as_text(nb["ACL"]).decode(),
        "ovn-nbctl find Logical_Switch name=localnet.cnv_ovn_localnet_switch": chosen(
            "nb", "Logical_Switch", "localnet.cnv_ovn_localnet_switch"
        ),
        "ovn-sbctl find Port_Binding": chosen(
            "sb", "Port_Binding", "localnet.network_llm-demo_tinypod\n"
        ),
        "ovs-vsctl list Open_vSwitch": layouts.as_text(
            layouts.tables(OLD, "worker-0", "ovs")["Open_vSwitch"]
        ).decode(),
        "ovs-vsctl find Interface": chosen(
            "ovs",
            "Interface",
            "localnet.network_llm-demo_tinypod,",
            "localnet.network_llm-demo_tinypod}",
        ),
    }
    return "\n".join(f"{PROMPT}{command}\n{text}" for command, text in commands.items()) + "\n"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> AskedSnapshot:
    folder = write(tmp_path_factory.mktemp("pasted"), {"ticket.txt": ticket().encode()})
    return read_dump(folder / "ticket.txt")


def hop(snapshot: AskedSnapshot, kind: str) -> Hop:
    view = snapshot.explain("tinypod")
    return next(hop for one in view.attachments for hop in one.hops if hop.kind == kind)


def test_what_is_printed_is_shown(snapshot: AskedSnapshot) -> None:
    assert list(snapshot.nb) == ["worker-0"]  # external_ids:hostname says it
    interface = hop(snapshot, "ovs-interface")
    assert interface.facts["link_state"] == "up"
    assert interface.state is State.OK
    assert hop(snapshot, "port-binding").facts["up"] is True
    view = snapshot.explain("tinypod")
    assert len(view.attachments[0].port_groups) > 0
    assert any(
        acl.policy and acl.policy.name == "allow-ipblock" for acl in view.attachments[0].acls
    )


def test_what_is_not_printed_is_not_said_to_be_broken(snapshot: AskedSnapshot) -> None:
    view = snapshot.explain("tinypod")
    states = {(hop.kind, hop.state) for one in view.attachments for hop in one.hops}
    assert not any(state is State.BROKEN for _, state in states)
    assert ("localnet-port", State.UNKNOWN) in states
    gaps = {(gap.node, gap.artefact): gap for gap in view.gaps}
    assert "Port_Group" in gaps["worker-0", "nb"].detail
    assert "ACL" not in gaps["worker-0", "nb"].detail  # all of it is there
    assert gaps["worker-0", "ovs"].reason == "truncated"


def test_no_verdict_is_given_from_a_part(snapshot: AskedSnapshot) -> None:
    flow = Flow("tinypod", "10.1.2.3", "tcp", 80, network="localnet-cnv", src_ip="192.168.77.91")
    view = snapshot.trace(flow)
    assert view.verdict == "unknown"


def test_links_of_a_pod_that_the_command_names(tmp_path: Path) -> None:
    text = (
        "$ oc exec -it -n llm-demo tinypod -- ip a\n"
        "2: eth0@if14: <UP,LOWER_UP> mtu 1400 qdisc noqueue state UP\n"
        "    link/ether 0a:58:0a:84:00:35 brd ff:ff:ff:ff:ff:ff link-netnsid 0\n"
        "    inet 10.132.0.53/23 brd 10.132.1.255 scope global eth0\n"
    )
    pod: dict[str, object] = {
        "kind": "Pod",
        "metadata": {"namespace": "llm-demo", "name": "tinypod"},
    }
    pod["spec"] = {"nodeName": "worker-0"}
    path = f"{layouts.ROOT}/namespaces/llm-demo/pods/tinypod/tinypod.yaml"
    files = {"t.txt": (ticket() + text).encode(), path: layouts.as_yaml(pod)}
    links = read_dump(write(tmp_path, files)).pod_links
    assert list(links) == [("llm-demo", "tinypod")]


def test_text_that_names_no_node_is_the_only_nodes_or_nobodys(tmp_path: Path) -> None:
    text = PROMPT.encode() + b"ovn-nbctl list ACL\n"
    text += layouts.as_text(layouts.tables(OLD, "worker-0", "nb")["ACL"])
    ticket = write(tmp_path / "ticket", {"case-1/acls.txt": text})
    assert list(read_dump(ticket).nb) == ["node"]
    one = write(tmp_path / "one", {"conf.db": layouts.folder_per_node(OLD)["worker-0/conf.db"]})
    assert list(read_dump(one, ticket).nb) == ["worker-0"]
    two = write(tmp_path / "two", layouts.folder_per_node(OLD))
    snapshot = read_dump(two, ticket)
    assert sorted(snapshot.nb) == ["worker-0", "worker-1"]
    assert all(nb.db.has("Logical_Switch_Port") for nb in snapshot.nb.values())
