"""`--follow` over real OVN: what happens is told within a second, or by asking again."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.lines_of import Lines, started
from tests.cli.program import environment, real
from tests.cli.pseudo_terminal import OTHER_SCREEN, OWN_SCREEN, SHOW, Terminal, plain
from tests.lab import example as ex
from tests.lab.api_process import serve_api
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("follow")]

LSP = f"llm.demo.llm.demo.localnet.network_llm-demo_{ex.TINYPOD.name}"
NAME = f"pod/{ex.TINYPOD.name}"
_SOON_S = 1.0
_ONE_ACL = ("from-lport", "1500", "ip4.dst == 192.168.77.99")


def way_of(lab: Lab) -> list[str]:
    places = lab.places
    sockets = {"nb": places.nb_socket, "sb": places.sb_socket, "ovs": places.ovs_socket}
    return [word for name in sockets for word in ("--ovsdb", f"{name}=unix:{sockets[name]}")]


@contextmanager
def explained(lab: Lab, *more: str) -> Iterator[Lines]:
    """The lines of `explain --follow` over the databases' sockets, from the first change on."""
    words = real("explain", NAME, "--network", ex.NETWORK, *way_of(lab), "--follow", *more)
    with started(words) as lines:
        assert lines.told().startswith("start  pod llm-demo/tinypod")
        yield lines


def soon(lines: Lines, word: str, since: float) -> str:
    """The line with the word, which must come within a second of the command's end."""
    while word not in (line := lines.told(since + _SOON_S - time.monotonic())):
        pass
    assert time.monotonic() - since <= _SOON_S
    return line


def nbctl(lab: Lab, *words: str) -> float:
    """When the command had ended."""
    lab.ctl("ovn-nbctl", "--timeout=5", *words)
    return time.monotonic()


def vsctl(lab: Lab, *words: str) -> float:
    lab.ctl("ovs-vsctl", "--timeout=5", *words)
    return time.monotonic()


def found(lab: Lab, tool: str, column: str, table: str, condition: str) -> list[str]:
    words = ("--bare", "--no-headings", f"--columns={column}", "find", table, condition)
    return lab.ctl(tool, "--timeout=5", *words).split()


def switch_of(lab: Lab) -> str:
    return next(
        name
        for name in found(lab, "ovn-nbctl", "name", "Logical_Switch", "name!=''")
        if name.endswith("localnet_switch")
    )


def test_a_port_that_is_unbound_and_bound(own_lab: Lab) -> None:
    [interface] = found(own_lab, "ovs-vsctl", "name", "Interface", f"external_ids:iface-id={LSP}")
    with explained(own_lab) as lines:
        since = vsctl(own_lab, "remove", "Interface", interface, "external_ids", "iface-id")
        assert soon(lines, "localnet-cnv port-binding  ok -> broken", since)
        since = vsctl(own_lab, "set", "Interface", interface, f"external_ids:iface-id={LSP}")
        assert soon(lines, "localnet-cnv port-binding ", since)
    own_lab.settle()


def test_a_group_that_is_left_and_an_acl_that_is_added(own_lab: Lab) -> None:
    [port] = found(own_lab, "ovn-nbctl", "_uuid", "Logical_Switch_Port", f"name={LSP}")
    groups = found(own_lab, "ovn-nbctl", "name", "Port_Group", f"ports{{>=}}{port}")
    with explained(own_lab) as lines:
        since = nbctl(own_lab, "remove", "Port_Group", groups[0], "ports", port)
        assert groups[0] in soon(lines, "- localnet-cnv port-group", since)
        since = nbctl(own_lab, "add", "Port_Group", groups[0], "ports", port)
        assert groups[0] in soon(lines, "+ localnet-cnv port-group", since)
        switch = switch_of(own_lab)
        since = nbctl(own_lab, "acl-add", switch, *_ONE_ACL, "drop")
        assert soon(lines, _ONE_ACL[2], since).startswith("+ localnet-cnv acl")
        since = nbctl(own_lab, "acl-del", switch, *_ONE_ACL)
        assert soon(lines, _ONE_ACL[2], since).startswith("- localnet-cnv acl")


def test_the_row_that_flips_a_verdict(own_lab: Lab) -> None:
    """Of several rows that change at once it is told which."""
    ends = [NAME, "192.168.77.1"]
    words = real("trace", *ends, "--network", ex.NETWORK, *way_of(own_lab), "-f", "-o", "json")
    switch = switch_of(own_lab)
    # Where OVN-Kubernetes has the egress side of policies: after load balancing.
    after_lb = "--apply-after-lb"
    nbctl(own_lab, after_lb, "acl-add", switch, "from-lport", "1600", "ip4", "allow-related")
    try:
        with started(words) as lines:
            before = lines.event()["new"][0]
            assert before["verdict"] == "allow"
            since = nbctl(
                own_lab,
                *("acl-add", switch, "from-lport", "1700", "ip4.dst == 192.168.77.1", "drop"),
                *("--", "acl-add", switch, "from-lport", "1500", "udp", "drop"),
                *("--", "set", "Logical_Switch", switch, "other_config:x=y"),
            )
            flip = lines.event(_SOON_S)
            assert time.monotonic() - since <= _SOON_S
            new = flip["new"][0]
            assert (flip["event"], new["verdict"]) == ("flip", "drop")
            [row] = flip["cause"]["rows"]
            assert (flip["cause"]["certainty"], row["table"]) == ("proven", "ACL")
            assert row["uuid"] == new["deciding"]["uuid"]
            nbctl(own_lab, "acl-del", switch, "from-lport", "1700", "ip4.dst == 192.168.77.1")
            back = lines.event()
            assert back["new"][0] == before
            assert (back["cause"]["certainty"], back["cause"]["rows"][0]["change"]) == (
                "proven",
                "went",
            )
    finally:
        nbctl(own_lab, "acl-del", switch, "from-lport")


def test_what_northd_and_the_switch_count_is_not_told(own_lab: Lab) -> None:
    with explained(own_lab, "--for", "2") as lines:
        for _ in range(3):
            nbctl(own_lab, "--wait=hv", "sync")
        vsctl(own_lab, "set", "Open_vSwitch", ".", "other_config:stats-update-interval=100")
        _, rest, err = lines.end()
    vsctl(own_lab, "remove", "Open_vSwitch", ".", "other_config", "stats-update-interval")
    assert (rest, err) == ("", "")


def test_a_server_that_is_killed_is_lost_and_met(own_lab: Lab) -> None:
    with explained(own_lab) as lines:
        own_lab.daemons.kill("ovnnb_db")
        try:
            assert soon(lines, "lost  nb at unix:", time.monotonic())
        finally:
            own_lab.daemons.start_database("ovnnb_db")
        assert lines.told(3).startswith("met  nb at unix:")
        since = nbctl(own_lab, "lsp-set-enabled", LSP, "disabled")
        assert soon(lines, "localnet-cnv logical-switch-port  ok -> broken", since)
        nbctl(own_lab, "lsp-set-enabled", LSP, "enabled")
        lines.told()
    own_lab.settle()


def test_by_asking_again(own_lab: Lab) -> None:
    """Through the Kubernetes API, where nobody tells changes."""
    env = environment(KUBECONFIG=str(serve_api(own_lab.folder)))
    words = real("explain", NAME, "--network", ex.NETWORK, "--follow", "--interval", "1")
    with started(words, env) as lines:
        assert lines.told(10).startswith("start  ")
        nbctl(own_lab, "lsp-set-enabled", LSP, "disabled")
        # That ovnkube-node is not all there in the lab is a warning of its own.
        assert lines.told(4) == "~ state  warn -> broken"
        assert lines.told().startswith("~ net1 logical-switch-port  ok -> broken")
        nbctl(own_lab, "lsp-set-enabled", LSP, "enabled")
        # Whether the column was set before is told in between, or not.
        while lines.told(4) != "~ state  broken -> warn":
            pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_on_a_terminal(own_lab: Lab, number: signal.Signals) -> None:
    words = real("explain", NAME, "--network", ex.NETWORK, *way_of(own_lab), "--follow")
    # Whatever a shell has exported, the terminal's own size counts.
    terminal = Terminal(words, (50, 100), environment(LINES="24", COLUMNS="80"))
    try:
        assert OTHER_SCREEN in terminal.until("bridge-mapping")
        since = nbctl(own_lab, "lsp-set-enabled", LSP, "disabled")
        changed = terminal.until("BROKEN", _SOON_S)
        assert time.monotonic() - since <= _SOON_S
        assert "localnet-cnv logical-switch-port" in plain(changed)
        os.kill(terminal.process.pid, number)
        assert SHOW in terminal.until(OWN_SCREEN)
        code, last = terminal.end()
    finally:
        terminal.process.kill()
        terminal.process.wait()
        nbctl(own_lab, "lsp-set-enabled", LSP, "enabled")
    assert code == 130
    assert "~ state  ok -> broken" in plain(last)
    assert "the port is disabled" in plain(last)
