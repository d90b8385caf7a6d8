"""The interface on br-int that carries the logical port, and the host's end of the veth."""

from dataclasses import dataclass

from ovntrace.model.links import Link
from ovntrace.model.openvswitch import OvsInterface
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, cell, make_hop, tcpdump
from ovntrace.view.types import Evidence, Hop


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of an attachment before OVS is asked."""

    lsp: str | None
    nad: str
    mac: str | None
    pod_uid: str | None


@dataclass(frozen=True, slots=True)
class Plug:
    """The OVS side of an attachment: the interface that has its iface-id, others that claim it,
    and the one that lost it (same pod, same MAC, another iface-id)."""

    interface: OvsInterface | None
    rivals: tuple[OvsInterface, ...] = ()
    strayed: OvsInterface | None = None

    @property
    def device(self) -> OvsInterface | None:
        """The interface whose device is the host's end of the veth."""
        return self.interface or self.strayed


def find_plug(ctx: Context, wanted: Wanted) -> Plug:
    """The attachment's interface, by iface-id (which always equals the logical port's name)."""
    if ctx.ovs is None or wanted.lsp is None:
        return Plug(None)
    claims = ctx.ovs.interfaces_by_iface_id(wanted.lsp)
    if not claims:
        return Plug(None, strayed=_strayed(ctx, wanted))
    own = [i for i in claims if i.external_ids.get("iface-id-ver") == wanted.pod_uid]
    own = [i for i in own if _mac(i) == wanted.mac] or own
    best = own[0] if own else claims[0]
    return Plug(best, tuple(i for i in claims if i.uuid != best.uuid))


def _strayed(ctx: Context, wanted: Wanted) -> OvsInterface | None:
    """The pod's interface for this NAD under a wrong iface-id, if there is exactly one."""
    if ctx.ovs is None or not wanted.pod_uid:
        return None
    nad = None if wanted.nad == "default" else wanted.nad
    found = [
        interface
        for interface in ctx.ovs.interfaces_by_pod_uid(wanted.pod_uid)
        if interface.external_ids.get("k8s.ovn.org/nad") == nad
    ]
    return found[0] if len(found) == 1 else None


def _mac(interface: OvsInterface) -> str | None:
    """The MAC that was plugged in: OVN-Kubernetes writes `_`, libvirt and os-vif (openstack/os-vif
    vif_plug_ovs/ovsdb/ovsdb_lib.py) write `-`."""
    ids = interface.external_ids
    return (ids.get("attached_mac") or ids.get("attached-mac") or "").lower() or None


def host_interface_hop(ctx: Context, plug: Plug, wanted: Wanted, pod_end: Link | None) -> Hop:
    """The veth's end on the node. Its name is the OVS interface's; the pod's end gives its
    ifindex (`net1@if56`)."""
    device = plug.device
    links = ctx.node_links
    link = links.by_name(device.name) if links and device else None
    if link is None and links and device is None and pod_end is not None:
        link = links.by_ifindex(pod_end.peer_ifindex)
    name = link.name if link else (device.name if device else "?")
    if link is None:
        return _host_without_link(ctx, name, device)
    return make_hop(
        "host-interface",
        name,
        ctx.node,
        facts={**link_facts(link), "link_netns": ctx.netns_name(link)},
        evidence=[ctx.node_link(name)],
        problems=_host_problems(ctx, link, pod_end),
        watch=tcpdump(ctx.node, name, wanted.mac),
    )


def _host_without_link(ctx: Context, name: str, device: OvsInterface | None) -> Hop:
    if ctx.node_links is None or device is None or _is_not_kernel(device):
        facts = {"ifindex": device.ifindex or None, "mtu": device.mtu} if device else {}
        evidence = [ctx.row("ovs", "Interface", device.name)] if device else []
        return make_hop(
            "host-interface", name, ctx.node, facts=facts, evidence=evidence, known=False
        )
    proof = (ctx.node_link(name, "does not exist"), _interface_row(ctx, device))
    problem = Problem(
        "OVT110",
        "error",
        f"the node has no interface {name}, but OVS has a port for it: the veth is gone",
        proof,
        ("delete the pod so that it is made again",) if ctx.pod else (),
    )
    return make_hop("host-interface", name, ctx.node, evidence=proof[:1], problems=[problem])


def _is_not_kernel(device: OvsInterface) -> bool:
    """True for what has no network device on the node: DPDK and vhost-user ports."""
    return device.type.startswith("dpdk")


def _host_problems(ctx: Context, link: Link, pod_end: Link | None) -> list[Problem]:
    problems = []
    evidence = (ctx.node_link(link.name, f"state {link.operstate}"),)
    if not link.is_up:
        problems.append(
            Problem(
                "OVT111",
                "error",
                f"{link.name} is down on the node",
                evidence,
                (f"on the node: ip link set dev {link.name} up",),
            )
        )
    elif not link.has_carrier:
        problems.append(
            Problem(
                "OVT112", "error", f"{link.name} has no carrier: its other end is down", evidence
            )
        )
    if pod_end is not None and _not_each_others_peer(link, pod_end):
        problems.append(
            Problem(
                "OVT113",
                "error",
                f"{link.name} (ifindex {link.ifindex}) and {pod_end.name} in the pod "
                f"(peer ifindex {pod_end.peer_ifindex}) are not each other's peer",
                (
                    ctx.node_link(link.name, f"ifindex {link.ifindex}"),
                    ctx.pod_link(pod_end.name, f"peer ifindex {pod_end.peer_ifindex}"),
                ),
            )
        )
    return problems


def _not_each_others_peer(link: Link, pod_end: Link) -> bool:
    there = pod_end.peer_ifindex is not None and pod_end.peer_ifindex != link.ifindex
    back = link.peer_ifindex is not None and link.peer_ifindex != pod_end.ifindex
    return there or back


def link_facts(link: Link) -> dict[str, object]:
    """The facts of a network interface; counters only where they are not zero."""
    facts: dict[str, object] = {
        "ifindex": link.ifindex,
        "peer_ifindex": link.peer_ifindex,
        "mac": link.mac,
        "addresses": link.addresses,
        "mtu": link.mtu,
        "state": link.operstate,
        "info_kind": link.info_kind,
        "master": link.master,
    }
    facts.update({key: n for key, n in (link.counters or {}).items() if n})
    return facts


def ovs_interface_hop(ctx: Context, plug: Plug, wanted: Wanted, requested_ver: str | None) -> Hop:
    """The interface on the integration bridge. `requested_ver` is options:iface-id-ver of the
    logical port: ovn-controller claims only an interface whose iface-id-ver is the same
    (controller/binding.c)."""
    unread = not ctx.has_table("ovs", "Interface")
    if ctx.ovs is None or (unread and plug.interface is None):
        name = "?"
        return make_hop("ovs-interface", name, ctx.node, known=False)
    if plug.interface is None:
        return _no_interface(ctx, plug, wanted)
    interface = plug.interface
    port = ctx.ovs.port_of(interface)
    bridge = ctx.ovs.bridge_of(port)
    row = _interface_row(ctx, interface)
    problems = [*_daemon_problems(ctx, row), *_row_problems(ctx, interface, row)]
    placed = bridge is not None or (ctx.has_table("ovs", "Port") and ctx.has_table("ovs", "Bridge"))
    if placed and (bridge is None or bridge.name != ctx.ovs.integration_bridge):
        on = f"on {bridge.name}" if bridge else "on no bridge"
        title = f"{interface.name} is {on}, not on {ctx.ovs.integration_bridge}"
        problems.append(Problem("OVT206", "error", title, (row,)))
    problems += _identity_problems(ctx, plug, wanted, requested_ver, row)
    ids = interface.external_ids
    return make_hop(
        "ovs-interface",
        interface.name,
        ctx.node,
        facts={
            "bridge": bridge.name if bridge else None,
            "port": port.name if port else None,
            "ofport": interface.ofport,
            "iface_id": ids.get("iface-id"),
            "iface_id_ver": ids.get("iface-id-ver"),
            "attached_mac": ids.get("attached_mac") or ids.get("attached-mac"),
            "ip_addresses": ids.get("ip_addresses"),
            "sandbox": ids.get("sandbox"),
            "network": ids.get("k8s.ovn.org/network"),
            "nad": ids.get("k8s.ovn.org/nad"),
            "ovn_installed": ids.get("ovn-installed") == "true",
            "link_state": interface.link_state,
            "admin_state": interface.admin_state,
            "error": interface.error,
            "mtu": interface.mtu,
            "ifindex": interface.ifindex,
            "type": interface.type or "system",
            "drops": interface.drops or None,
        },
        evidence=[row],
        problems=problems,
        watch=tcpdump(ctx.node, interface.name, wanted.mac),
    )


def _interface_row(ctx: Context, interface: OvsInterface) -> Evidence:
    note = f"ofport={cell(interface.ofport)} link_state={cell(interface.link_state)}"
    return ctx.row("ovs", "Interface", interface.name, note)


def _no_interface(ctx: Context, plug: Plug, wanted: Wanted) -> Hop:
    proof = [ctx.absent("ovs", "Interface", f"external_ids:iface-id={wanted.lsp}")]
    title = f"no OVS interface on {ctx.node} has iface-id {wanted.lsp}"
    name = "?"
    if plug.strayed is not None:
        name = plug.strayed.name
        wrong = plug.strayed.external_ids.get("iface-id")
        title = (
            f"{name} carries iface-id {wrong!r}; the pod's logical port is {wanted.lsp}"
            if wrong is not None
            else f"{name} has no iface-id; the pod's logical port is {wanted.lsp}"
        )
        proof.append(ctx.row("ovs", "Interface", name, f"external_ids:iface-id={cell(wrong)}"))
    problem = Problem(
        "OVT201",
        "error",
        title,
        tuple(proof),
        ("delete the pod so that the CNI plugs it in again",) if ctx.pod else (),
    )
    return make_hop("ovs-interface", name, ctx.node, evidence=proof, problems=[problem])


def _daemon_problems(ctx: Context, row: Evidence) -> list[Problem]:
    state = ctx.snapshot.vswitchd.get(ctx.node)
    if state is None or state.alive is not False:
        return []
    said = Evidence(
        "ovs-vswitchd",
        f"{ctx.node}: {state.detail or 'does not answer'}",
        f"{ctx.snapshot.origin('ovs', ctx.node).prefix}ovs-ofctl get-frags "
        f"{ctx.ovs.integration_bridge if ctx.ovs else 'br-int'}",
    )
    return [
        Problem(
            "OVT207",
            "error",
            "ovs-vswitchd does not answer: the rows below are what it wrote last, "
            "and no packet is forwarded",
            (said, row),
            ("restart Open vSwitch on the node (systemctl restart ovs-vswitchd)",),
        )
    ]


def _row_problems(ctx: Context, interface: OvsInterface, row: Evidence) -> list[Problem]:
    problems = []
    if interface.error:
        problems.append(Problem("OVT203", "error", f"OVS: {interface.error}", (row,)))
    elif interface.ofport is not None and interface.ofport < 0:
        problems.append(
            Problem("OVT203", "error", f"{interface.name} has no OpenFlow port (ofport -1)", (row,))
        )
    gone = ctx.node_links is not None and ctx.node_links.by_name(interface.name) is None
    if interface.link_state == "down":
        what = "its device is gone" if gone and not interface.type else "its other end is down"
        if interface.admin_state == "down" and not gone:
            what = "it is set down on the node"
        title = f"link of {interface.name} is down: {what}"
        problems.append(Problem("OVT204", "error", title, (row,)))
    return problems


def _identity_problems(
    ctx: Context, plug: Plug, wanted: Wanted, requested_ver: str | None, row: Evidence
) -> list[Problem]:
    interface = plug.interface
    if interface is None:
        return []
    problems = []
    version = interface.external_ids.get("iface-id-ver")
    if requested_ver and version != requested_ver:
        problems.append(
            Problem(
                "OVT205",
                "error",
                f"iface-id-ver is {version}, the logical port asks for {requested_ver}: "
                "ovn-controller does not claim it (an older pod of that name left it behind)",
                (row, ctx.row("nb", "Logical_Switch_Port", wanted.lsp or "")),
            )
        )
    if plug.rivals:
        names = ", ".join(rival.name for rival in plug.rivals)
        problems.append(
            Problem(
                "OVT202",
                "warning",
                f"iface-id {wanted.lsp} is on {interface.name} and also on {names}: "
                "traffic goes to one of them only",
                (row, *(ctx.row("ovs", "Interface", rival.name) for rival in plug.rivals)),
                tuple(f"if it is stale: ovs-vsctl del-port {rival.name}" for rival in plug.rivals),
            )
        )
    mac = _mac(interface)
    if mac and wanted.mac and mac != wanted.mac:
        title = f"attached_mac is {mac}, the logical port has {wanted.mac}"
        problems.append(Problem("OVT208", "warning", title, (row,)))
    return problems
