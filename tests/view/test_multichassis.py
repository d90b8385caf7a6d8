"""One port on several chassis, as other CMSs migrate: who is active, what is blocked, tunnelled."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ovntrace.model.northbound import Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.southbound import Southbound
from ovntrace.view.types import ExplainView
from tests.captured import snapshot
from tests.view.migrating import (
    CAPTURE,
    HERE,
    NAD,
    PREFIX,
    SOURCE,
    THERE,
    database,
    explained,
    row_of,
    set_cells,
    tables,
)

LSP = PREFIX + SOURCE
FIRST, SECOND = "26030000-0000-4000-8000-000000000001", "26030000-0000-4000-8000-000000000002"
BOTH = f"{FIRST},{SECOND}"


def _map(pairs: Mapping[str, str]) -> list[Any]:
    return ["map", [[key, value] for key, value in pairs.items()]]


def _snapshot(
    options: Mapping[str, str], *, main: str | None = FIRST, more: tuple[str, ...] = (SECOND,)
) -> Snapshot:
    """The capture with the VM's port on these chassis."""
    nb, sb = tables(HERE, "nbctl"), tables(HERE, "sbctl")
    uuids = {row[sb["Chassis"][0].index("name")]: row[0] for row in sb["Chassis"][1]}
    asked = {key: value for key, value in options.items() if not key.startswith("additional")}
    set_cells(
        nb["Logical_Switch_Port"],
        row_of(nb["Logical_Switch_Port"], "name", LSP),
        options=_map(asked),
    )
    set_cells(
        sb["Port_Binding"],
        row_of(sb["Port_Binding"], "logical_port", LSP),
        options=_map(options),
        chassis=uuids[main] if main else ["set", []],
        additional_chassis=["set", [uuids[name] for name in more]],
    )
    snap = snapshot(CAPTURE)
    return replace(
        snap,
        nb={**snap.nb, HERE: Northbound(database(nb))},
        sb={**snap.sb, HERE: Southbound(database(sb))},
    )


def _view(options: Mapping[str, str], **given: Any) -> ExplainView:
    return explained(_snapshot(options, **given), network=NAD)


def _found(view: ExplainView) -> list[tuple[str, str]]:
    [hop] = [hop for hop in view.attachments[0].hops if hop.kind == "port-binding"]
    return [(one.id, one.severity) for one in hop.findings if one.id in ("OVT309", "OVT310")]


def test_one_chassis_is_no_migration() -> None:
    view = _view({"requested-chassis": FIRST}, more=())
    assert view.migration is None
    assert _found(view) == []


def test_blocked_until_the_guest_is_heard() -> None:
    view = _view({"requested-chassis": BOTH, "activation-strategy": "rarp"})
    assert view.migration is not None
    assert (view.migration.way, view.migration.state) == ("chassis", "running")
    assert view.migration.active == "source"
    assert [side.node for side in view.migration.sides] == [HERE, THERE]
    assert [side.active for side in view.migration.sides] == [True, False]
    ports = [side.ports[0] for side in view.migration.sides]
    assert [port.activated for port in ports] == [None, False]
    assert [port.chassis for port in ports] == [HERE, THERE]
    assert [port.lsp for port in ports] == [LSP, LSP]
    assert _found(view) == [("OVT309", "info"), ("OVT310", "warning")]


def test_once_it_was_heard_the_target_is_active() -> None:
    options = {
        "requested-chassis": BOTH,
        "activation-strategy": "rarp",
        "additional-chassis-activated": SECOND,
    }
    view = _view(options)
    assert view.migration is not None
    assert view.migration.active == "target"
    assert [side.active for side in view.migration.sides] == [False, True]
    assert view.migration.sides[1].ports[0].activated is True
    assert _found(view) == [("OVT310", "warning")]


def test_this_node_is_the_one_that_is_blocked() -> None:
    options = {"requested-chassis": f"{SECOND},{FIRST}", "activation-strategy": "rarp,garp,na"}
    view = _view(options, main=SECOND, more=(FIRST,))
    assert _found(view) == [("OVT309", "warning"), ("OVT310", "warning")]
    [hop] = [hop for hop in view.attachments[0].hops if hop.kind == "port-binding"]
    [blocked] = [one for one in hop.findings if one.id == "OVT309"]
    assert f"{HERE} drops everything" in blocked.title
    assert "RARP or GARP or NA" in blocked.title


def test_without_a_strategy_nobody_knows_who_is_active() -> None:
    view = _view({"requested-chassis": f"{HERE},{THERE}"})
    assert view.migration is not None
    assert view.migration.active is None
    assert [side.ports[0].activated for side in view.migration.sides] == [None, None]
    assert _found(view) == [("OVT310", "warning")]


def test_asked_for_and_not_there_yet() -> None:
    view = _view({"requested-chassis": f"{HERE},worker-9"}, more=())
    assert view.migration is not None
    assert [side.node for side in view.migration.sides] == [HERE, "worker-9"]
    assert view.migration.sides[1].ports[0].chassis is None
    assert _found(view) == []


@pytest.mark.parametrize("more", [(SECOND,), ()])
def test_bound_to_several_without_being_asked(more: tuple[str, ...]) -> None:
    view = _view({}, more=more)
    assert (view.migration is not None) == bool(more)


def test_a_switch_without_localnet_port_tunnels_anyhow() -> None:
    snap = _snapshot({"requested-chassis": BOTH})
    nb = tables(HERE, "nbctl")
    headings, rows = nb["Logical_Switch_Port"]
    at = headings.index("type")
    nb["Logical_Switch_Port"] = (headings, [row for row in rows if row[at] != "localnet"])
    view = explained(replace(snap, nb={HERE: Northbound(database(nb))}), network=NAD)
    assert _found(view) == []
