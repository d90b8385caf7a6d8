"""br-ex: the node and its gateway router share one address and one MAC, as OVN-Kubernetes has it.

Who an answer from outside belongs to is remembered in conntrack zone 64000: mark 1 for the gateway
router, 2 for the node itself. All else (a localnet network's frames) is switched normally.
"""

from collections.abc import Mapping

from tests.lab import example as ex
from tests.lab.commands import run
from tests.lab.places import Places
from tests.lab.wiring import batch

Environment = Mapping[str, str]

ROUTER_PATCH = f"patch-br-ex_{ex.NODE}-to-br-int"


def address_node(places: Places, env: Environment) -> None:
    """The node's own addresses, on the internal ports that ovs-vswitchd has made."""
    batch(
        places.node,
        [
            "link set br-ex up",
            f"addr replace {ex.NODE_ADDRESS}/{ex.NODE_PREFIX_LENGTH} brd + dev br-ex",
            f"route replace default via {ex.NODE_GATEWAY} dev br-ex",
            "link set ovn-k8s-mp0 up",
            f"addr replace {ex.MANAGEMENT_ADDRESS}/23 brd + dev ovn-k8s-mp0",
            f"route replace {ex.CLUSTER_SUBNET} via {ex.NODE_SUBNET_GATEWAY} dev ovn-k8s-mp0",
        ],
        env,
    )


def _flows(patch: str) -> list[str]:
    remember = "actions=ct(commit,zone=64000,exec(set_field:{mark}->ct_mark))"
    lines = [
        "priority=0,actions=NORMAL",
        f"priority=50,in_port={ex.UPLINK},ip,actions=ct(zone=64000,nat,table=1)",
        f"priority=10,in_port={ex.UPLINK},dl_dst={ex.NODE_MAC},actions=output:{patch},output:LOCAL",
        f"priority=10,in_port={patch},dl_src={ex.NODE_MAC},actions=NORMAL",
        f"priority=9,in_port={patch},actions=drop",
        f"table=1,priority=10,dl_dst={ex.NODE_MAC},actions=LOCAL",
        "table=1,priority=0,actions=NORMAL",
    ]
    for port, mark in ((patch, "0x1"), ("LOCAL", "0x2")):
        commit = remember.format(mark=mark)
        lines.append(f"priority=100,in_port={port},ip,{commit},output:{ex.UPLINK}")
        for state in ("+est", "+rel"):
            known = f"ct_state={state}+trk,ct_mark={mark},ip"
            lines.append(f"table=1,priority=100,{known},actions=output:{port}")
    return lines


def program_br_ex(env: Environment) -> None:
    """Replace br-ex's flows; the patch port to the gateway router must be there."""
    # By number: OpenFlow cuts a port's name at 15 characters.
    asked = ["ovs-vsctl", "--timeout=10", "get", "Interface", ROUTER_PATCH, "ofport"]
    patch = run(asked, env, timeout_s=12).strip()
    argv = ["ovs-ofctl", "-O", "OpenFlow13", "--timeout=10", "replace-flows", "br-ex", "-"]
    run(argv, env, timeout_s=12, stdin="\n".join(_flows(patch)) + "\n")
