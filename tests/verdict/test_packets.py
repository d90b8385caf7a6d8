"""Port security and disabled ports, held against real frames through a real switch: ovn-trace does
not evaluate port security."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from collectors.artifacts import NB_TABLES
from collectors.parse.tables import parse_tables
from ovntrace.match import parse_microflow, symbols_of, version_of
from ovntrace.model.northbound import Northbound
from ovntrace.verdict.conntrack import NEW, REPLY
from ovntrace.verdict.fields import PacketFields
from ovntrace.verdict.pipeline import through_switch
from ovntrace.verdict.portsec import elements_of, may_receive, may_send
from ovntrace.verdict.switch import SwitchModel
from tests.lab import example as ex
from tests.lab.fixtures import lab_of_version
from tests.lab.lab import Lab
from tests.lab.toolset import INSTALLED
from tests.verdict.frames import Frame, arp, icmp6, marked, number_of, other, udp

SCRIPT = str(Path(__file__).with_name("frames.py"))
SENDER, RECEIVER = ex.TINYPOD, ex.TINYPOD_01
S, R = SENDER.mac, RECEIVER.mac
FALSE = "0a:58:c0:a8:4d:ee"
ALL = "ff:ff:ff:ff:ff:ff"
V4, PEER4 = "192.168.77.91", "192.168.77.92"
V6, PEER6 = "fd00::91", "fd00::92"
LOCAL, PEER_LOCAL = "fe80::858:c0ff:fea8:4d5b", "fe80::858:c0ff:fea8:4d5c"

SENT = (
    udp(S, R, V4, PEER4, (4000, 5000)),
    udp(S, R, "192.168.77.99", PEER4, (4000, 5000)),
    udp(S, R, "10.9.9.9", PEER4, (4000, 5000)),
    udp(FALSE, R, V4, PEER4, (4000, 5000)),
    udp(S, ALL, "0.0.0.0", "255.255.255.255", (68, 67)),
    udp(S, ALL, "0.0.0.0", "255.255.255.255", (68, 69)),
    udp(FALSE, ALL, "0.0.0.0", "255.255.255.255", (68, 67)),
    arp(S, R, op=2, sha=S, spa=V4, tpa=PEER4),
    arp(S, R, op=2, sha=FALSE, spa=V4, tpa=PEER4),
    arp(S, R, op=2, sha=S, spa="192.168.77.99", tpa=PEER4),
    arp(FALSE, R, op=2, sha=S, spa=V4, tpa=PEER4),
    arp(FALSE, R, op=2, sha=FALSE, spa=V4, tpa=PEER4),
    arp(S, ALL, op=1, sha=S, spa="0.0.0.0", tpa="192.168.77.200"),
    arp(S, ALL, op=3, sha=S, spa="0.0.0.0", tpa="0.0.0.0", kind=0x8035),
    arp(FALSE, ALL, op=3, sha=FALSE, spa="0.0.0.0", tpa="0.0.0.0", kind=0x8035),
    other(S, R, 0x88CC),
    udp(S, R, V6, PEER6, (4000, 5000)),
    udp(S, R, LOCAL, PEER6, (4000, 5000)),
    udp(S, R, "fd00::99", PEER6, (4000, 5000)),
    udp(FALSE, R, V6, PEER6, (4000, 5000)),
    icmp6(S, R, V6, PEER6, 136, about=V6, option=S),
    icmp6(S, R, V6, PEER6, 136, about=LOCAL, option=S),
    icmp6(S, R, V6, PEER6, 136, about="fd00::99", option=S),
    icmp6(S, R, V6, PEER6, 136, about=V6, option=FALSE),
    icmp6(S, R, V6, PEER6, 135, about=PEER6, option=FALSE),
    icmp6(S, R, "::", "ff02::1:ff00:91", 135, about=V6),
    icmp6(S, R, "::", "ff02::16", 143),
    icmp6(S, R, "::", "ff02::2", 133),
    icmp6(S, R, "::", PEER6, 135, about=V6),
)
RECEIVED = (
    udp(S, R, V4, PEER4, (4000, 5000)),
    udp(S, R, V4, "192.168.77.99", (4000, 5000)),
    udp(S, R, V4, "224.0.0.5", (4000, 5000)),
    udp(S, R, V4, "255.255.255.255", (4000, 5000)),
    udp(S, R, V4, "192.168.77.255", (4000, 5000)),
    udp(S, ALL, V4, "192.168.77.99", (4000, 5000)),
    udp(S, R, V6, PEER6, (4000, 5000)),
    udp(S, R, V6, PEER_LOCAL, (4000, 5000)),
    udp(S, R, V6, "fd00::99", (4000, 5000)),
    udp(S, R, V6, "ff02::5", (4000, 5000)),
    udp(S, "33:33:00:00:00:05", V6, "ff02::5", (4000, 5000)),
    arp(S, R, op=2, sha=S, spa=V4, tpa="192.168.77.99"),
    arp(S, R, op=3, sha=S, spa="0.0.0.0", tpa="0.0.0.0", kind=0x8035),
    other(S, R, 0x88CC),
)
RULES = (
    "{mac}",
    "{mac} {v4}",
    "{mac} {v4}/24",
    "{mac} 192.168.77.0/24",
    "{mac} {v6}",
    "{mac} {v4} {v6}",
    "{mac} {v4} fd00::/64",
)
VERSIONS = [INSTALLED, pytest.param("25.03", marks=pytest.mark.peers)]

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("verdict-packets")]


@pytest.fixture(scope="module", params=VERSIONS)
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = lab_of_version(tmp_path_factory.mktemp("packets") / "lab", request.param)
    try:
        running.up(policies=False)
        yield running
    finally:
        running.down()


def delivered(lab: Lab, frames: Sequence[Frame]) -> set[int]:
    """Numbers of the frames that the receiver is given."""
    # What the datapath has cached of older OpenFlow rules must not answer for the new ones.
    lab.ctl("ovs-appctl", "revalidator/purge")
    catch = [sys.executable, SCRIPT, "catch", "net1", "1.0"]
    words = ["ip", "netns", "exec", lab.places.pod(RECEIVER), *catch]
    lines = [marked(number, frame).hex() for number, frame in enumerate(frames)]
    text = "\n".join(lines * 2)  # a busy machine loses one now and then
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as catcher:
        assert catcher.stdout is not None
        assert catcher.stdout.readline() == "ready\n"
        send = ["ip", "netns", "exec", lab.places.pod(SENDER), sys.executable, SCRIPT]
        subprocess.run([*send, "send", "net1"], input=text, text=True, check=True, timeout=20)
        caught = [number_of(bytes.fromhex(line)) for line in catcher.stdout]
    return {number for number in caught if number is not None}


def set_security(lab: Lab, port: str, rule: str) -> None:
    words = [rule] if rule else []
    lab.ctl("ovn-nbctl", "--wait=hv", "lsp-set-port-security", port, *words, timeout_s=20)


def predicted(lab: Lab, frames: Sequence[Frame], rule: str, *, receiving: bool) -> set[int]:
    table = symbols_of(version_of(lab.tools.ovn_version))
    elements = elements_of([rule])
    packets = [PacketFields(parse_microflow(frame.microflow, table)) for frame in frames]
    if receiving:
        return {n for n, packet in enumerate(packets) if may_receive(elements, packet)}
    return {n for n, packet in enumerate(packets) if may_send(elements, packet, table.version)}


def words(frames: Sequence[Frame], numbers: set[int]) -> list[str]:
    return [frames[number].microflow for number in sorted(numbers)]


@pytest.mark.parametrize("rule", RULES)
def test_what_a_port_may_send(lab: Lab, rule: str) -> None:
    text = rule.format(mac=S, v4=V4, v6=V6)
    set_security(lab, RECEIVER.lsp, "")
    set_security(lab, SENDER.lsp, text)
    real = delivered(lab, SENT)
    ours = predicted(lab, SENT, text, receiving=False)
    assert 0 < len(real) < len(SENT)
    assert words(SENT, real - ours) == [], "OVN lets it pass"
    assert words(SENT, ours - real) == [], "OVN drops it"


@pytest.mark.parametrize("rule", RULES)
def test_what_a_port_may_be_given(lab: Lab, rule: str) -> None:
    text = rule.format(mac=R, v4=PEER4, v6=PEER6)
    set_security(lab, SENDER.lsp, "")
    set_security(lab, RECEIVER.lsp, text)
    real = delivered(lab, RECEIVED)
    ours = predicted(lab, RECEIVED, text, receiving=True)
    assert real
    assert words(RECEIVED, real - ours) == [], "OVN lets it pass"
    assert words(RECEIVED, ours - real) == [], "OVN drops it"


def test_without_port_security_all_passes_and_a_disabled_port_is_silent(lab: Lab) -> None:
    set_security(lab, SENDER.lsp, "")
    set_security(lab, RECEIVER.lsp, "")
    assert delivered(lab, SENT) == set(range(len(SENT)))
    for port in (SENDER, RECEIVER):
        set_enabled(lab, port.lsp, "disabled")
        assert delivered(lab, SENT) == set()
        set_enabled(lab, port.lsp, "enabled")


def set_enabled(lab: Lab, port: str, word: str) -> None:
    lab.ctl("ovn-nbctl", "lsp-set-enabled", port, word)
    # ovn-northd 25.03 leaves the port in the groups that broadcasts go to until it starts anew
    # with all rows.
    if lab.ovn != INSTALLED:
        control = next(lab.folder.rglob("ovn-northd*.ctl"))
        lab.ctl("ovn-appctl", "-t", str(control), "inc-engine/recompute")
    lab.settle()


# --- replies on a switch whose policies only deny ------------------------------------------------


def model_of(lab: Lab) -> SwitchModel:
    lists = [lab.ctl("ovn-nbctl", "--format=json", "list", table) for table in NB_TABLES]
    database, bad = parse_tables("\n".join(line.strip() for line in lists).encode(), NB_TABLES)
    assert not bad
    nb = Northbound(database)
    switch = nb.switch_by_name(ex.LOCALNET_SWITCH)
    assert switch is not None
    return SwitchModel(nb, switch, version_of(lab.tools.ovn_version))


def verdicts(lab: Lab) -> tuple[str, str]:
    """Of SENDER's ping to RECEIVER, and of the answer to it."""
    model = model_of(lab)
    there, back = model.nb.port(SENDER.lsp), model.nb.port(RECEIVER.lsp)
    assert there is not None and back is not None
    ask = f"eth.src == {S} && eth.dst == {R} && ip4.src == {V4} && ip4.dst == {PEER4}"
    tell = f"eth.src == {R} && eth.dst == {S} && ip4.src == {PEER4} && ip4.dst == {V4}"
    echo = "ip.ttl == 64 && icmp4.type == {} && icmp4.code == 0"
    outcomes = []
    for port, to, text, kind, state in (
        (there, back, ask, 8, NEW),
        (back, there, tell, 0, REPLY),
    ):
        packet = parse_microflow(f"{text} && {echo.format(kind)}", model.table)
        outcomes.append(
            through_switch(model, port, packet, ct_in=state, ct_out=state, wanted=to.name).verdict
        )
    return outcomes[0], outcomes[1]


def pings(lab: Lab) -> bool:
    for pod in (SENDER, RECEIVER):  # may have believed a frame of the tests before
        lab.inside(lab.places.pod(pod), "ip", "neighbour", "flush", "all")
    words = ("ping", "-c", "2", "-i", "0.3", "-W", "1", PEER4)
    return lab.inside(lab.places.pod(SENDER), *words).returncode == 0


def test_a_reply_dies_where_policies_only_deny_and_one_allow_related_heals_it(lab: Lab) -> None:
    set_security(lab, SENDER.lsp, "")
    set_security(lab, RECEIVER.lsp, "")
    assert verdicts(lab) == ("allow", "allow") and pings(lab)
    group = ("--", "pg-set-ports", "deny", SENDER.lsp)
    drop = ("--", "acl-add", "deny", "to-lport", "1000", "outport == @deny && ip4", "drop")
    lab.ctl("ovn-nbctl", "pg-add", "deny", *group, *drop)
    lab.settle()
    try:
        assert verdicts(lab) == ("allow", "drop") and not pings(lab)
        elsewhere = f'outport == "{ex.TINYPOD_02.lsp}" && tcp.dst == 9'
        rule = ("acl-add", ex.LOCALNET_SWITCH, "to-lport", "1001", elsewhere, "allow-related")
        lab.ctl("ovn-nbctl", *rule)
        lab.settle()
        assert verdicts(lab) == ("allow", "allow") and pings(lab)
    finally:
        lab.ctl("ovn-nbctl", "pg-del", "deny", "--", "acl-del", ex.LOCALNET_SWITCH)
        lab.settle()
