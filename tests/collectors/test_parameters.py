"""Values in commands: one whole argument each, and nothing that could be an option."""

import pytest

from collectors.artifacts import BY_NAME
from collectors.parameters import Values

SWITCH = "004aee93-ef55-417d-a9a0-ad36d445d9fe"
FLOW = 'inport == "a; rm -rf / --ovs {timeout} {switch}" && ip4'
TRACE: Values = {"ct_in": "trk,new", "ct_out": "trk,est,rpl", "switch": SWITCH, "microflow": FLOW}
OPENFLOW: Values = {
    "ct_in": "trk,new",
    "ct_out": "trk,new",
    "bridge": "br-int",
    "openflow": "in_port=6,dl_vlan=5,tcp6,dl_src=0a:58:c0:a8:4d:5b,ipv6_src=fd00::1,tcp_dst=80",
}


def test_each_value_is_one_argument_whatever_is_in_it() -> None:
    argv = BY_NAME["ovn-trace"].filled(TRACE).command(10)
    assert argv == (
        "timeout",
        "9",
        "ovn-trace",
        "--no-leader-only",
        "--no-friendly-names",
        "--ct=trk,new",
        "--ct=trk,est,rpl",
        "--",
        SWITCH,
        FLOW,
    )


def test_several_values_are_several_arguments() -> None:
    argv = BY_NAME["logical-flows"].filled({"uuid": ("644b4647", "0be6194e")}).command(5)
    assert argv[-4:] == ("list", "Logical_Flow", "644b4647", "0be6194e")


def test_a_row_without_its_values_is_never_run() -> None:
    for name in ("ovn-trace", "ofproto-trace", "logical-flows"):
        with pytest.raises(ValueError, match="parameters"):
            BY_NAME[name].command(5)


@pytest.mark.parametrize(
    ("name", "good", "changed"),
    [
        ("ovn-trace", TRACE, {"switch": "--ovs"}),
        ("ovn-trace", TRACE, {"switch": "localnet.cnv_ovn_localnet_switch"}),
        ("ovn-trace", TRACE, {"switch": SWITCH + "\n"}),
        ("ovn-trace", TRACE, {"microflow": "--ovs"}),
        ("ovn-trace", TRACE, {"microflow": 'inport == "a\0"'}),
        ("ovn-trace", TRACE, {"ct_in": "new"}),
        ("ovn-trace", TRACE, {"ct_in": "trk,new --ovs"}),
        ("ovn-trace", TRACE, {"more": "x"}),
        ("ovn-trace", TRACE, {"ct_in": ("trk,new", "trk,new")}),
        ("ovn-trace", TRACE, {"ct_in": ()}),
        ("ofproto-trace", OPENFLOW, {"openflow": "-generate"}),
        ("ofproto-trace", OPENFLOW, {"bridge": "-generate"}),
        ("ofproto-trace", OPENFLOW, {"bridge": "tcp:192.0.2.1:6640"}),
        ("ofproto-trace", OPENFLOW, {"openflow": "in_port=6 -generate"}),
        ("ofproto-trace", OPENFLOW, {"openflow": "in_port=6,-generate"}),
        ("ofproto-trace", OPENFLOW, {"openflow": "in_port=6,tcp,dl_src=-generate"}),
        ("ofproto-trace", OPENFLOW, {"ct_out": "-generate"}),
        ("logical-flows", {"uuid": "644b4647"}, {"uuid": ("644b4647", "--db=tcp:1.2.3.4")}),
        ("logical-flows", {"uuid": "644b4647"}, {"uuid": ("644b4647",) * 501}),
    ],
)
def test_what_is_not_allowed_is_refused(name: str, good: Values, changed: Values) -> None:
    BY_NAME[name].filled(good)
    with pytest.raises(ValueError):
        BY_NAME[name].filled({**good, **changed})
