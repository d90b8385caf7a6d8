"""Inside the pod: its interface, or a VM's whole chain from the guest's NIC to the pod's veth."""

from dataclasses import dataclass

from ovntrace.model.links import Link, Links
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, make_hop, tcpdump
from ovntrace.view.hops.ovs import link_facts
from ovntrace.view.types import Evidence, Hop
from ovntrace.view.vmi import ChainNames, GuestNic, chain_names


@dataclass(frozen=True, slots=True)
class Inside:
    """What is asked of the inside of a pod for one attachment.

    `reported` is what the pod's annotations say of the interface (used where the namespace itself
    could not be read), `port_security` the logical port's, `netns` a name under /run/netns,
    `suffix` the ifindex of the pod's end as the name of the host's end tells it.
    """

    interface: str
    mac: str | None
    reported: Evidence | None
    reported_addresses: tuple[str, ...]
    guest: GuestNic | None
    vmi: tuple[str, str] | None
    port_security: tuple[str, ...]
    netns: str | None = None
    suffix: int | None = None


def pod_end(links: Links | None, interface: str, suffix: int | None) -> Link | None:
    """The pod's end of the veth: by name, under KubeVirt's new name, or by the ifindex that ends
    the name of the host's end (`a51a8137f92b2_3`), which survives renaming."""
    if links is None:
        return None
    for name in (chain_names(interface).nic, interface):
        link = links.by_name(name)
        if link is not None:
            return link
    return links.by_ifindex(suffix)


def inside_hops(ctx: Context, inside: Inside, end: Link | None) -> list[Hop]:
    """guest-interface, tap, k6t-bridge, pod-interface and dummy-interface as far as they are
    there; only pod-interface for a plain pod."""
    names = chain_names(inside.interface)
    hops = []
    if inside.guest is not None:
        hops.append(_guest_hop(ctx, inside, inside.guest))
    if inside.guest is not None or _has_chain(ctx.pod_links, names):
        hops += _chain_hops(ctx, inside, names)
    hops.append(_pod_interface_hop(ctx, inside, end))
    dummy = _dummy_hop(ctx, inside, names, end)
    return [*hops, dummy] if dummy else hops


def _has_chain(links: Links | None, names: ChainNames) -> bool:
    return links is not None and links.by_name(names.bridge) is not None


def _guest_hop(ctx: Context, inside: Inside, guest: GuestNic) -> Hop:
    assert inside.vmi is not None
    row = ctx.object(
        "virtualmachineinstances",
        *inside.vmi,
        f"status.interfaces name={guest.network} mac={guest.mac}",
    )
    problems = _guest_problems(inside, guest, row) if guest.binding != "masquerade" else []
    return make_hop(
        "guest-interface",
        guest.network,
        ctx.node,
        facts={
            "mac": guest.mac,
            "addresses": guest.addresses,
            "binding": guest.binding,
            "model": guest.model,
            "interface_name": guest.guest_name,
            "link_state": guest.link_state,
            "info_source": guest.info_source,
        },
        evidence=[row],
        problems=problems,
    )


def _guest_problems(inside: Inside, guest: GuestNic, row: Evidence) -> list[Problem]:
    allowed = [element.lower().split() for element in inside.port_security]
    problems = []
    if guest.link_state == "down":
        title = "the VM's interface is set down (spec.domain.devices.interfaces[].state)"
        problems.append(Problem("OVT105", "error", title, (row,)))
    if allowed and guest.mac and all(guest.mac != element[0] for element in allowed):
        problems.append(
            Problem(
                "OVT103",
                "error",
                f"the guest's MAC {guest.mac} is not in the logical port's port security "
                f"({', '.join(inside.port_security)}): OVN drops what it sends",
                (row,),
            )
        )
    ips = {word.partition("/")[0] for element in allowed for word in element[1:]}
    foreign = [a for a in guest.addresses if ips and a.lower() not in ips and not _local(a)]
    if foreign:
        problems.append(
            Problem(
                "OVT106",
                "warning",
                f"the guest uses {', '.join(foreign)}, which the logical port's port security "
                "does not allow: OVN drops packets from it",
                (row,),
            )
        )
    return problems


def _local(address: str) -> bool:
    return address.lower().startswith("fe80:")


def _chain_hops(ctx: Context, inside: Inside, names: ChainNames) -> list[Hop]:
    links = ctx.pod_links
    wanted = [("tap", names.tap), ("k6t-bridge", names.bridge)]
    if inside.guest is not None and inside.guest.binding not in ("bridge", "masquerade"):
        # Other bindings build the chain or parts of it: what is there is shown.
        wanted = [item for item in wanted if links and links.by_name(item[1])]
    return [_chain_hop(ctx, inside, kind, name) for kind, name in wanted]


def _chain_hop(ctx: Context, inside: Inside, kind: str, name: str) -> Hop:
    link = ctx.pod_links.by_name(name) if ctx.pod_links else None
    if link is None:
        if ctx.pod_links is None:
            return make_hop(kind, name, ctx.node, known=False)
        return _absent_in_pod(ctx, kind, name)
    return make_hop(
        kind,
        name,
        ctx.node,
        facts=link_facts(link),
        evidence=[ctx.pod_link(name)],
        problems=_link_problems(ctx, link, carrier=False),
        watch=_watch(ctx, inside, name),
    )


def _absent_in_pod(ctx: Context, kind: str, name: str, ifindex: int | None = None) -> Hop:
    if name == "?":  # only the number is known: the API was not asked
        proof = ctx.pod_link(name, f"no interface has ifindex {ifindex}")
        title = f"the pod's end of the veth (ifindex {ifindex}) is not in its network namespace"
    else:
        proof = ctx.pod_link(name, "does not exist")
        title = f"there is no interface {name} in the pod's network namespace"
    problem = Problem("OVT101", "error", title, (proof,))
    return make_hop(kind, name, ctx.node, evidence=[proof], problems=[problem])


def _link_problems(ctx: Context, link: Link, *, carrier: bool) -> list[Problem]:
    row = ctx.pod_link(link.name, f"state {link.operstate}")
    if not link.is_up:
        return [Problem("OVT102", "error", f"{link.name} is down in the pod", (row,))]
    if carrier and not link.has_carrier:
        title = f"{link.name} has no carrier: the host's end is down"
        return [Problem("OVT102", "error", title, (row,))]
    return []


def _pod_interface_hop(ctx: Context, inside: Inside, end: Link | None) -> Hop:
    if end is not None:
        return make_hop(
            "pod-interface",
            end.name,
            ctx.node,
            facts=link_facts(end),
            evidence=[ctx.pod_link(end.name)],
            problems=[*_link_problems(ctx, end, carrier=True), *_mac_problem(ctx, inside, end)],
            watch=_watch(ctx, inside, end.name),
        )
    if ctx.pod_links is not None and not _is_virtual_function(inside):
        return _absent_in_pod(ctx, "pod-interface", inside.interface, inside.suffix)
    name = inside.interface
    if inside.guest is not None and inside.guest.binding == "bridge":
        name = chain_names(name).nic
    return make_hop(
        "pod-interface",
        name,
        ctx.node,
        facts={"mac": inside.mac, "addresses": inside.reported_addresses or None},
        evidence=[inside.reported] if inside.reported else [],
        known=inside.reported is not None,
        watch=_watch(ctx, inside, name),
    )


def _watch(ctx: Context, inside: Inside, name: str) -> str | None:
    """None without the pod's network namespace: an interface of that name on the node is another
    one, or none."""
    if inside.netns is None or name == "?":
        return None
    return tcpdump(ctx.node, name, inside.mac, netns=inside.netns)


def _is_virtual_function(inside: Inside) -> bool:
    return inside.guest is not None and inside.guest.binding == "sriov"


def _mac_problem(ctx: Context, inside: Inside, end: Link) -> list[Problem]:
    # A port of KubeVirt's bridge has the bridge's MAC, never the workload's.
    allowed = {element.lower().split()[0] for element in inside.port_security if element.strip()}
    if end.master or not allowed or not end.mac or end.mac in allowed:
        return []
    title = (
        f"{end.name} has MAC {end.mac}, which the logical port's port security does not allow "
        f"({', '.join(inside.port_security)}): OVN drops what it sends"
    )
    return [Problem("OVT103", "error", title, (ctx.pod_link(end.name, f"address {end.mac}"),))]


def _dummy_hop(ctx: Context, inside: Inside, names: ChainNames, end: Link | None) -> Hop | None:
    """The interface that keeps the pod's MAC and addresses while the veth serves the bridge. It
    carries no traffic and is down by design; its kind is dummy, or what stands for it."""
    links = ctx.pod_links
    if links is None or end is None or end.name != names.nic:
        return None
    link = links.by_name(names.dummy)
    if link is None:
        proof = ctx.pod_link(names.dummy, "does not exist")
        title = f"{names.dummy} is missing: nothing in the pod holds the VM's MAC"
        problem = Problem("OVT107", "warning", title, (proof,))
        return make_hop(
            "dummy-interface", names.dummy, ctx.node, evidence=[proof], problems=[problem]
        )
    problems = []
    row = ctx.pod_link(link.name, f"address {link.mac}")
    guest_mac = inside.guest.mac if inside.guest else None
    for whose, mac in (("logical port", inside.mac), ("guest", guest_mac)):
        if mac and link.mac and link.mac != mac:
            title = f"{link.name} has MAC {link.mac}, the {whose} {mac}"
            problems.append(Problem("OVT103", "warning", title, (row,)))
    return make_hop(
        "dummy-interface",
        link.name,
        ctx.node,
        facts=link_facts(link),
        evidence=[row],
        problems=problems,
    )
