"""A live migration in which one logical port is bound to several chassis in place of two ports."""

from collections.abc import Sequence

from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.southbound import Chassis, PortBinding
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import cell
from ovntrace.view.hops.multichassis import is_activated, strategy_of
from ovntrace.view.launchers import RUNNING, SOURCE, TARGET
from ovntrace.view.types import Attachment, Migration, MigrationSide, SidePort


def by_chassis(ctx: Context, attachments: Sequence[Attachment]) -> Migration | None:
    """The migration of a workload whose port asks for several chassis, or has them. None where
    there is none, or the SB was not read."""
    for attachment in attachments:
        port = ctx.nb.port(attachment.lsp) if ctx.nb and attachment.lsp else None
        binding = ctx.sb.binding(port.name) if ctx.sb and port else None
        if port is None or binding is None:
            continue
        places = _places(ctx, port, binding)
        if len(places) > 1:
            return _migration(ctx, attachment, port, binding, places)
    return None


def _places(
    ctx: Context, port: LogicalSwitchPort, binding: PortBinding
) -> list[tuple[str, Chassis | None]]:
    """Name and chassis of each place of the port, the main one first. The chassis is None where
    none of that name has come up."""
    asked = port.options.get("requested-chassis", "").split(",")
    names = [name.strip() for name in asked if name.strip()]
    sb = ctx.sb
    if len(names) > 1:
        return [(name, _by_name(ctx, name)) for name in names]
    uuids = [binding.chassis, *binding.additional_chassis]
    found = [sb.chassis(uuid) for uuid in uuids if uuid] if sb else []
    return [(one.hostname or one.name, one) for one in found if one is not None]


def _by_name(ctx: Context, name: str) -> Chassis | None:
    every = ctx.sb.all_chassis if ctx.sb else ()
    return next((one for one in every if name in (one.name, one.hostname)), None)


def _migration(
    ctx: Context,
    attachment: Attachment,
    port: LogicalSwitchPort,
    binding: PortBinding,
    places: Sequence[tuple[str, Chassis | None]],
) -> Migration:
    strategy = strategy_of(port, binding)
    there = [at for at, (_, one) in enumerate(places) if at and one and is_activated(binding, one)]
    # A guest that has moved is heard from its new place; without a strategy nobody waits for that.
    running_at = (there[0] if there else 0) if strategy is not None else None
    active = None if running_at is None else (TARGET if running_at else SOURCE)
    why = "options:additional-chassis-activated" if there else "no chassis is activated yet"
    why = why if strategy else "there is no options:activation-strategy"
    sides = [
        MigrationSide(
            role=TARGET if at else SOURCE,
            active=at == running_at,
            pod=None,
            node=(chassis.hostname or name) if chassis else name,
            phase=None,
            ports=(_port(attachment, port, binding, chassis, waits=bool(at and strategy)),),
        )
        for at, (name, chassis) in enumerate(places)
    ]
    note = f"chassis={cell(binding.chassis)} additional_chassis={list(binding.additional_chassis)}"
    row = ctx.row("sb", "Port_Binding", binding.uuid, f"logical_port={port.name} {note}")
    return Migration("chassis", RUNNING, active, why, tuple(sides), (row,))


def _port(
    attachment: Attachment,
    port: LogicalSwitchPort,
    binding: PortBinding,
    chassis: Chassis | None,
    *,
    waits: bool,
) -> SidePort:
    bound = chassis is not None and chassis.uuid in (binding.chassis, *binding.additional_chassis)
    return SidePort(
        nad=attachment.nad,
        network=attachment.network,
        lsp=port.name,
        exists=True,
        enabled=port.enabled is not False,
        addresses=port.addresses,
        up=binding.up if chassis is not None and chassis.uuid == binding.chassis else None,
        chassis=(chassis.hostname or chassis.name) if chassis is not None and bound else None,
        activated=(chassis is not None and is_activated(binding, chassis)) if waits else None,
    )
