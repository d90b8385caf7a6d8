"""One attachment of a workload: its hops from the guest or pod down to the wire, and its ACLs."""

import re
from dataclasses import dataclass

from ovntrace.cms.ports import is_unused
from ovntrace.model.kube import name_of, namespace_of, text_at
from ovntrace.model.links import Link
from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort, Northbound, PortGroup
from ovntrace.model.openvswitch import OvsInterface
from ovntrace.policy.effect import Effect, OnNetwork, effects
from ovntrace.policy.naming import DEFAULT_NETWORK
from ovntrace.policy.owner import AclOwner
from ovntrace.view.acls import acls_of_port
from ovntrace.view.attachments import Wish, pod_labels, pod_uid
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem
from ovntrace.view.hops.binding import binding_hop
from ovntrace.view.hops.logical import missing_port_hop, port_hop, switch_hop
from ovntrace.view.hops.mapping import localnet_port_of, no_localnet_port_hop
from ovntrace.view.hops.ovs import (
    Plug,
    Wanted,
    find_plug,
    host_interface_hop,
    ovs_interface_hop,
)
from ovntrace.view.hops.physical import way_to_the_wire
from ovntrace.view.hops.pod import Inside, inside_hops, pod_end
from ovntrace.view.hops.routed import (
    is_left_elsewhere,
    path_hops,
    transit_hop,
    transit_of,
    tunnel_hops,
    way_out,
)
from ovntrace.view.mtu import with_mtu_findings
from ovntrace.view.portplace import is_placed_by_guess
from ovntrace.view.subject import Subject
from ovntrace.view.types import AclView, Attachment, Hop, PolicyEffect
from ovntrace.view.vmi import GuestNic, guest_nic

_SUFFIX = re.compile(r"_(\d+)$")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the joins gave for one attachment."""

    port: LogicalSwitchPort | None
    switch: LogicalSwitch | None
    plug: Plug
    end: Link | None
    on: OnNetwork
    topology: str


def build_attachment(ctx: Context, subject: Subject, wish: Wish) -> Attachment:
    """The attachment with everything that is known of it."""
    found = _join(ctx, subject, wish)
    inside = _inside(ctx, subject, wish, found)
    if wish.config is not None and wish.config.type and not wish.config.is_overlay:
        # Another CNI plug-in serves it (macvlan, bridge, SR-IOV): OVN has nothing of it.
        hops = inside_hops(ctx, inside, found.end)
        return _attachment(ctx, subject, wish, found, inside, hops, (), ())
    policies = _policies(ctx, subject, wish, found)
    acls = _acls(ctx, found, policies)
    # Of a machine without a pod nothing is seen above the node's interface.
    hops = inside_hops(ctx, inside, found.end) if ctx.pod or wish.other is None else []
    hops += _node_hops(ctx, subject, wish, found)
    hops += _logical_hops(ctx, subject, wish, found, acls)
    hops += _hops_after_switch(ctx, wish, found)
    return _attachment(ctx, subject, wish, found, inside, hops, acls, policies)


def _attachment(
    ctx: Context,
    subject: Subject,
    wish: Wish,
    found: _Found,
    inside: Inside,
    hops: list[Hop],
    acls: tuple[AclView, ...],
    policies: tuple[Effect, ...] | None,
) -> Attachment:
    nb = ctx.nb
    port = found.port
    untunnelled = found.topology == "localnet"
    return Attachment(
        interface=inside.interface,
        nad=wish.nad,
        network=found.on.network,
        topology=found.topology,
        lsp=port.name if port else None,
        node=subject.node or ctx.node,
        mac=inside.mac,
        addresses=wish.addresses or (port.ips if port else ()),
        hops=with_mtu_findings(hops, to_uplink=untunnelled),
        acls=acls,
        port_groups=tuple(g.name for g in nb.groups_of(port.uuid)) if nb and port else (),
        policies=_shown(policies),
        unread=_unread(nb),
    )


_DECIDING = ("Logical_Switch", "Port_Group", "ACL")


def _unread(nb: Northbound | None) -> tuple[str, ...]:
    """Of the tables that tell a port's groups and ACLs, those with rows that were not read."""
    if nb is None:
        return _DECIDING
    return tuple(table for table in _DECIDING if nb.db.is_in_part(table))


def _shown(policies: tuple[Effect, ...] | None) -> tuple[PolicyEffect, ...] | None:
    if policies is None:
        return None
    return tuple(
        PolicyEffect(e.kind, e.namespace, e.name, e.isolates, e.effect, e.reason) for e in policies
    )


def _join(ctx: Context, subject: Subject, wish: Wish) -> _Found:
    nb = ctx.nb
    port = nb.port(wish.lsp_name) if nb else None
    switch = nb.switch_of(port.uuid) if nb and port else None
    plug = find_plug(ctx, _wanted(ctx, subject, wish, port))
    interface = _interface_name(wish, plug, None)
    end = pod_end(ctx.pod_links, interface, _ifindex_suffix(plug.device))
    network, topology = network_of_wish(wish, port, switch, plug.device)
    config_role = wish.config.role if wish.config else None
    role = switch.external_ids.get("k8s.ovn.org/role") if switch else None
    is_primary = "primary" in (role, config_role, wish.role) and network != DEFAULT_NETWORK
    on = OnNetwork(network, wish.config, is_primary)
    return _Found(port, switch, plug, end, on, topology)


def _wanted(ctx: Context, subject: Subject, wish: Wish, port: LogicalSwitchPort | None) -> Wanted:
    """The OVS interface that is looked for: of a port within another the other's, which has a MAC
    of its own."""
    if port is not None and port.parent:
        return Wanted(port.parent, wish.nad_key, None, None)
    mac = port.macs[0] if port and port.macs else wish.mac
    return Wanted(wish.lsp_name, wish.nad_key, mac, _uid(ctx, subject, port))


def _uid(ctx: Context, subject: Subject, port: LogicalSwitchPort | None) -> str | None:
    uid = pod_uid(ctx.snapshot, subject)
    return uid or (port.options.get("iface-id-ver") if port else None)


def _ifindex_suffix(device: OvsInterface | None) -> int | None:
    """The ifindex of the pod's end: the number that ends a secondary network's host interface;
    the first interface of a pod, eth0, is its second link."""
    if device is None:
        return None
    match = _SUFFIX.search(device.name)
    return int(match.group(1)) if match else None


def _interface_name(wish: Wish, plug: Plug, end: Link | None) -> str:
    """The interface's name as the CNI gave it, which a VM's link loses (`<h>-nic` was `pod<h>`)."""
    if wish.interface:
        return wish.interface
    if wish.other is not None:
        return plug.device.name if plug.device else "?"
    told = plug.device.external_ids.get("pod-if-name") if plug.device else None
    if told:
        return told
    if end is not None:
        name = end.name.removesuffix("-nic")
        if name == end.name or name.startswith(("net", "eth", "ovn-udn")):
            return name
        return "pod" + name
    return "eth0" if wish.nad_key == DEFAULT_NETWORK else "?"


def network_of_wish(
    wish: Wish,
    port: LogicalSwitchPort | None,
    switch: LogicalSwitch | None,
    device: OvsInterface | None,
) -> tuple[str, str]:
    """Network and topology: from the port, the switch, the NAD, OVS, whichever knows."""
    if wish.other is not None:
        return wish.other
    if wish.nad_key == DEFAULT_NETWORK:
        return DEFAULT_NETWORK, DEFAULT_NETWORK
    maps = [port.external_ids if port else {}, switch.external_ids if switch else {}]
    maps.append(device.external_ids if device else {})
    config = wish.config
    network = next((m[k] for m in maps if (k := "k8s.ovn.org/network") in m), None)
    topology = next((m[k] for m in maps if (k := "k8s.ovn.org/topology") in m), None)
    if network is None:
        network = config.name if config else "unknown"
    if topology is None:
        other = config.type if config and config.type and not config.is_overlay else None
        topology = other or (config.topology if config else None) or "unknown"
    return network, topology


def _inside(ctx: Context, subject: Subject, wish: Wish, found: _Found) -> Inside:
    interface = _interface_name(wish, found.plug, found.end)
    guest, vmi = _guest(ctx, subject, wish, interface)
    reported = None
    if subject.namespace and subject.pod and wish.reported_by:
        what = f"metadata.annotations {wish.reported_by}"
        if wish.reported_by != "k8s.v1.cni.cncf.io/networks":
            reported = ctx.object("pods", subject.namespace, subject.pod, what)
    port = found.port
    links, device = ctx.node_links, found.plug.device
    host = links.by_name(device.name) if links and device else None
    return Inside(
        interface=interface,
        mac=port.macs[0] if port and port.macs else wish.mac,
        reported=reported,
        reported_addresses=wish.addresses,
        guest=guest,
        vmi=vmi,
        port_security=port.port_security if port else (),
        netns=ctx.netns_name(host) if host else None,
        suffix=_ifindex_suffix(device),
    )


def _guest(
    ctx: Context, subject: Subject, wish: Wish, interface: str
) -> tuple[GuestNic | None, tuple[str, str] | None]:
    if subject.kind != "vm" or subject.namespace is None:
        return None, None
    vmi = ctx.snapshot.kube.get("virtualmachineinstances", subject.namespace, subject.name)
    if vmi is None:
        return None, None
    return guest_nic(vmi, wish.nad, interface), (subject.namespace, subject.name)


def _node_hops(ctx: Context, subject: Subject, wish: Wish, found: _Found) -> list[Hop]:
    port = found.port
    if port is not None and not _has_interface(ctx, port, found.plug):
        return []
    wanted = _wanted(ctx, subject, wish, port)
    requested = port.options.get("iface-id-ver") if port else None
    return [
        host_interface_hop(ctx, found.plug, wanted, found.end),
        ovs_interface_hop(ctx, found.plug, wanted, requested),
    ]


def _has_interface(ctx: Context, port: LogicalSwitchPort, plug: Plug) -> bool:
    """False for what no interface of the node's is for: a router's side, an address that ports
    share (virtual), a machine plugged in past OVN (external), what nobody uses yet, what may be on
    any node; and for a localport that this node has no need of."""
    if port.type not in ("", "localport"):
        return False
    if plug.interface is not None:
        return True
    is_elsewhere = is_unused(port) or is_placed_by_guess(ctx.snapshot, port.name)
    return port.type != "localport" and not is_elsewhere


def _logical_hops(
    ctx: Context, subject: Subject, wish: Wish, found: _Found, acls: tuple[AclView, ...]
) -> list[Hop]:
    if found.port is None:
        return [missing_port_hop(ctx, wish.lsp_name, _why_not_plugged(ctx, subject, wish))]
    return [
        binding_hop(ctx, found.port, found.plug),
        port_hop(ctx, found.port, found.switch, acls),
        switch_hop(ctx, found.switch, found.on.network, found.topology, found.port.name),
    ]


def _why_not_plugged(ctx: Context, subject: Subject, wish: Wish) -> list[Problem]:
    """What Kubernetes says of a pod whose attachment OVN does not know."""
    why = []
    kube = ctx.snapshot.kube
    namespace, _, name = wish.nad.partition("/")
    nads = "network-attachment-definitions"
    if name and kube.has(nads) and kube.get(nads, namespace, name) is None:
        proof = ctx.object(nads, namespace, name, "does not exist")
        title = f"there is no NetworkAttachmentDefinition {wish.nad}"
        why.append(Problem("OVT408", "error", title, (proof,)))
    for event in kube.items("events"):
        of_pod = text_at(event, "involvedObject", "name") == subject.pod
        in_namespace = text_at(event, "involvedObject", "namespace") == subject.namespace
        if of_pod and in_namespace and text_at(event, "reason") == "FailedCreatePodSandBox":
            proof = ctx.object("events", namespace_of(event), name_of(event), "message")
            message = text_at(event, "message") or ""
            why.append(Problem("OVT409", "error", f"the CNI says: {message}", (proof,)))
    return why[:3]


def _hops_after_switch(ctx: Context, wish: Wish, found: _Found) -> list[Hop]:
    switch = found.switch
    if switch is None or ctx.nb is None:
        return []
    mac = found.port.macs[0] if found.port and found.port.macs else wish.mac
    localnet = localnet_port_of(ctx, switch)
    if localnet is not None:
        return way_to_the_wire(ctx, localnet, mac)
    if found.topology == "localnet":
        return [no_localnet_port_hop(ctx, switch)]
    hops: list[Hop] = []
    transit = transit_of(ctx, switch)
    out = way_out(ctx, switch)
    if out is not None:
        hops += path_hops(ctx, out[0], found.on.network, found.topology)
        if not is_left_elsewhere(ctx, out[0]):
            hops += way_to_the_wire(ctx, out[1], None)
    if transit is not None:
        known = {hop.name for hop in hops}
        way = [h for h in path_hops(ctx, transit[0], "", "") if h.name not in known]
        hops += [hop for hop in way if hop.name != transit[1].name]
        hops.append(transit_hop(ctx, transit[1]))
    if transit is not None or found.topology in ("layer2", "layer3", DEFAULT_NETWORK):
        hops += tunnel_hops(ctx)
    return hops


def _policies(
    ctx: Context, subject: Subject, wish: Wish, found: _Found
) -> tuple[Effect, ...] | None:
    labels = pod_labels(ctx.snapshot, subject)
    if wish.other is not None:
        return None  # what became of a policy is known of OVN-Kubernetes alone
    if labels is None or not ctx.snapshot.kube.has(found.on.plural):
        return None
    if subject.namespace is None or wish.role == "infrastructure-locked":
        return ()  # with a primary user-defined network, policies hold there and not on default
    uuid = found.port.uuid if found.port else None
    return effects(ctx.snapshot.kube, ctx.nb, found.on, subject.namespace, labels, uuid)


def _acls(ctx: Context, found: _Found, policies: tuple[Effect, ...] | None) -> tuple[AclView, ...]:
    if ctx.nb is None or found.port is None or found.switch is None:
        return ()

    def deny_name(owner: AclOwner, group: PortGroup | None) -> str:
        names = sorted(e.name for e in policies or () if owner.direction in e.isolates)
        return ",".join(names) or (group.name if group else "")

    return acls_of_port(
        ctx.nb,
        found.switch,
        found.port,
        primary_network=found.on.is_primary,
        kube=ctx.snapshot.kube,
        deny_name=deny_name,
    )


def netns_of(ctx: Context, subject: Subject, wishes: tuple[Wish, ...]) -> str | None:
    """The name under /run/netns of the workload's network namespace, as the node's end of one of
    its veths tells it (`link-netns`)."""
    links = ctx.node_links
    for wish in wishes:
        device = _join(ctx, subject, wish).plug.device
        link = links.by_name(device.name) if links and device else None
        name = ctx.netns_name(link) if link else None
        if name:
            return name
    return None
