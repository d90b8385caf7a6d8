"""A logical port that is bound to several chassis at once, as some CMSs do for a live migration.

ovn-nb(5): options:requested-chassis with several names (the first is the main one) and
options:activation-strategy; ovn-sb(5): Port_Binding additional_chassis and
options:additional-chassis-activated.
"""

from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.southbound import Chassis, PortBinding
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem
from ovntrace.view.types import Evidence


def strategy_of(lsp: LogicalSwitchPort, binding: PortBinding | None) -> str | None:
    """What an additional chassis waits for (`rarp`, from 25.09 on also others by commas); None if
    for nothing."""
    told = binding.options if binding else {}
    return told.get("activation-strategy") or lsp.options.get("activation-strategy") or None


def is_activated(binding: PortBinding, chassis: Chassis) -> bool:
    """True if that chassis has seen what it waited for."""
    told = binding.options.get("additional-chassis-activated", "")
    return chassis.name in (name.strip() for name in told.split(","))


def multichassis_problems(
    ctx: Context, lsp: LogicalSwitchPort, binding: PortBinding, row: Evidence
) -> list[Problem]:
    """What to know of a port that is on several chassis now."""
    if ctx.sb is None or not binding.additional_chassis:
        return []
    found = (ctx.sb.chassis(uuid) for uuid in binding.additional_chassis)
    more = [chassis for chassis in found if chassis is not None]
    return [*_blocked(ctx, lsp, binding, more), *_tunnelled(ctx, lsp, row)]


def _blocked(
    ctx: Context, lsp: LogicalSwitchPort, binding: PortBinding, more: list[Chassis]
) -> list[Problem]:
    strategy = strategy_of(lsp, binding)
    if strategy is None:
        return []
    problems = []
    for chassis in more:
        if is_activated(binding, chassis):
            continue
        name = chassis.hostname or chassis.name
        awaited = " or ".join(word.strip().upper() for word in strategy.split(","))
        title = f"{name} drops everything from and to the port until a {awaited} is seen there"
        told = ctx.row(
            "sb",
            "Port_Binding",
            binding.uuid,
            f"activation-strategy={strategy} additional-chassis-activated="
            f"{binding.options.get('additional-chassis-activated', '')}",
        )
        if ctx.chassis is not None and chassis.uuid == ctx.chassis.uuid:
            problems.append(Problem("OVT309", "warning", title, (told,)))
        else:
            problems.append(Problem("OVT309", "info", title, (told,)))
    return problems


def _tunnelled(ctx: Context, lsp: LogicalSwitchPort, row: Evidence) -> list[Problem]:
    """On a localnet switch a port with several chassis is reached through tunnels
    (controller/physical.c), whose headers take from the MTU."""
    switch = ctx.nb.switch_of(lsp.uuid) if ctx.nb else None
    ports = ctx.nb.ports_of_type(switch, "localnet") if ctx.nb and switch else ()
    if not ports:
        return []
    title = (
        "while the port is on several chassis its traffic goes through tunnels, although the "
        "switch has a localnet port: frames of the full MTU do not fit"
    )
    localnet = ctx.row("nb", "Logical_Switch_Port", ports[0].name, "type=localnet")
    return [Problem("OVT310", "warning", title, (row, localnet))]
