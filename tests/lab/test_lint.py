"""lint finds exactly the ACLs that ovn-controller refuses: those of which its log says so, and of
whose logical flows there is no OpenFlow."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.lab import example as ex
from tests.lab.asking import Answer, ask_live, ask_local
from tests.lab.faults import FAULTS
from tests.lab.lab import Lab
from tests.lab.observe import log_of
from tests.lab.policy_rows import group_name

pytestmark = pytest.mark.lab

_NBCTL = ("ovn-nbctl", "--timeout=5")
_SETS = {
    "lint_v4": ("10.9.0.1", "10.9.0.2"),
    "lint_mixed": ("10.9.0.1", "fd00::9"),
    "lint_empty": (),
}
_GROUP = "lint_empty_group"
_HERE = group_name("allow-ipblock")

# Each with the action; a match stands once, so that the log's lines tell them apart. Which are
# refused is for ovn-controller to say.
_ACLS = (
    ("ip4.src == $lint_v4 && tcp.dst == 1001", "drop"),
    ("ip4.src == $lint_mixed && tcp.dst == 1002", "drop"),
    ("ip6.src == $lint_mixed && tcp.dst == 1003", "allow"),
    ("ip4.src != $lint_empty && tcp.dst == 1004", "allow"),
    ("ip4.src == $lint_nosuch && tcp.dst == 1005", "allow-related"),
    (f"outport == @{_GROUP} && tcp.dst == 1006", "drop"),
    (f"outport == @{_HERE} && tcp.dst == 1007", "drop"),
    (f'outport == {{"nobody", @{_GROUP}}} && tcp.dst == 1008', "allow"),
    (f"ip4.dst == ${_HERE}_ip4 && tcp.dst == 1009", "drop"),
    ("ip.proto != 6 || udp.dst == 1010", "drop"),
    ("tcp.dst == 1011 && ip4 || ip6", "allow"),
    ("tcp.dst == 1012 || udp.dst == 1012", "reject"),
    ("tcp.dst == 1013 || udp.dst == 1013", "drop"),
    ("tcp.dst == 1014 // the web", "drop"),
    ("tcp.dst == 1015) || (udp.dst == 1015", "allow"),
    ("tcp.dst == 1016 && (ip4", "drop"),
    ("tcp.dst == 1017 && inport == nobody", "drop"),
    ("tcp.dst == 10180000", "allow"),
    ("ip4.src == 10.9.0.1/33 && tcp.dst == 1019", "drop"),
    ("tcp.dst == {1020, 1021} && ip4.src == 10.9.0.77/24", "allow-related"),
)  # fmt: skip


@contextmanager
def _acls(lab: Lab) -> Iterator[None]:
    for name, members in _SETS.items():
        values = [f'addresses="{member}"' for member in members]
        lab.ctl(*_NBCTL, "create", "Address_Set", f"name={name}", *values[:1])
        for value in values[1:]:
            lab.ctl(*_NBCTL, "add", "Address_Set", name, *value.split("=", 1))
    lab.ctl(*_NBCTL, "pg-add", _GROUP)
    for match, action in _ACLS:
        words = (_HERE, "to-lport", "900", match, action)
        lab.ctl(*_NBCTL, "--type=port-group", "acl-add", *words)
    lab.settle()
    try:
        yield
    finally:
        for match, _ in _ACLS:
            lab.ctl(*_NBCTL, "--type=port-group", "acl-del", _HERE, "to-lport", "900", match)
        lab.ctl(*_NBCTL, "pg-del", _GROUP)
        for name in _SETS:
            lab.ctl(*_NBCTL, "destroy", "Address_Set", name)
        lab.settle()


def _without_openflow(lab: Lab) -> set[str]:
    """Uuids of the ACLs of the test none of whose logical flows has become OpenFlow. The first 32
    bits of a logical flow's uuid are the cookie, those of an ACL's are the flow's stage hint."""
    dumped = lab.ctl("ovs-ofctl", "dump-flows", "br-int", timeout_s=20)
    cookies = {int(cookie, 16) for cookie in re.findall(r"cookie=(0x[0-9a-f]+)", dumped)}
    find = ("ovn-nbctl", "--timeout=5", "--bare", "--columns=_uuid", "find", "ACL", "priority=900")
    dead = set()
    for uuid in lab.ctl(*find).split():
        hint = f"external_ids:stage-hint={uuid[:8]}"
        asked = ("ovn-sbctl", "--timeout=5", "--bare", "--columns=_uuid", "find", "Logical_Flow")
        flows = lab.ctl(*asked, hint).split()
        assert flows, f"northd made no flow of {uuid}"
        if not any(int(flow[:8], 16) in cookies for flow in flows):
            dead.add(uuid)
    return dead


def _refused_in_log(log: str) -> str:
    """The matches that ovn-controller could not parse. It puts them between quotes as they are."""
    return "\n".join(re.findall(r'error parsing match "(.*)": ', log))


def _dead(answer: Answer) -> dict[str, Any]:
    return {one["acl"]["uuid"]: one for one in answer.answer["acls"]}


def test_lint_finds_what_ovn_controller_refuses(breakable: Lab) -> None:
    lab = breakable
    lab.ctl("ovn-appctl", "-t", "ovn-controller", "vlog/disable-rate-limit")
    before = len(log_of(lab, "ovn-controller"))
    with _acls(lab):
        real = _without_openflow(lab)
        answers = [ask(lab, "lint", "-o", "json") for ask in (ask_live, ask_local)]
        refused = _refused_in_log(log_of(lab, "ovn-controller")[before:])
    assert 8 < len(real) < len(_ACLS) - 5
    for answer in answers:
        assert answer.code == 1, answer.stderr
        assert set(_dead(answer)) == real
        assert len(answer.answer["findings"]) == len(real)
        assert answer.answer["gaps"] == []
    told = _dead(answers[0])
    for one in told.values():
        assert one["acl"]["match"] in refused
        assert (one["switch"], one["node"]) == (ex.LOCALNET_SWITCH, ex.NODE)
    alive = {match for match, _ in _ACLS} - {one["acl"]["match"] for one in told.values()}
    assert [match for match in alive if match in refused] == []


def test_the_fault_of_an_acl_that_is_not_compiled(breakable: Lab) -> None:
    with FAULTS["acl-not-compiled"].make(breakable):
        during = ask_live(breakable, "lint")
    assert during.code == 1
    assert "expecting address set name" in during.text
    assert "$nosuchset" in during.text
    after = ask_live(breakable, "lint")
    assert (after.code, after.stderr) == (0, "")
    assert "every match compiles" in after.text


def test_a_switch_without_it_is_sound(breakable: Lab) -> None:
    with FAULTS["acl-not-compiled"].make(breakable):
        node = ask_live(breakable, "lint", "--switch", ex.NODE)
        network = ask_live(breakable, "lint", "--network", ex.NETWORK)
        nobody = ask_live(breakable, "lint", "--switch", "nosuch", "-o", "json")
        elsewhere = ask_local(breakable, "lint", "--node", "nosuch")
    assert (node.code, network.code, nobody.code, elsewhere.code) == (0, 1, 2, 2)
    assert nobody.answer["kind"] == "lint"


def test_an_nb_that_does_not_answer_is_no_answer(breakable: Lab) -> None:
    socket = breakable.places.nb_socket
    away = socket.with_suffix(".away")
    socket.rename(away)
    try:
        answer = ask_live(breakable, "lint")
    finally:
        away.rename(socket)
    assert (answer.code, answer.text) == (3, "")
    assert "nb" in answer.stderr
