"""Versions that differ between nodes, and what the tools say of theirs."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ovntrace.doctor.types import Check, CheckState, Topic, Version

_MOST_NAMES: Final = 4
# The first line of the tools' --version: `ovn-nbctl 23.03.1`, `ovs-vsctl (Open vSwitch) 3.1.0`.
_TOOL: Final = re.compile(r"\A\S+ (?:\(Open vSwitch\) )?(\d\S{0,40})\s*$", re.MULTILINE)


def tool_version(text: str) -> str | None:
    """Of what a tool printed; None if it is not that."""
    found = _TOOL.match(text)
    return found[1] if found else None


def compared(versions: Sequence[Version]) -> tuple[Check, ...]:
    """A check for each thing that has a version: one for all, or which nodes have which."""
    by_what: dict[str, dict[str, list[str]]] = {}
    for one in versions:
        by_what.setdefault(one.what, {}).setdefault(one.version, []).append(one.node)
    checks = []
    for what, nodes_of in by_what.items():
        if len(nodes_of) == 1:
            [version] = nodes_of
            value, detail, state = version, version, CheckState.OK
        else:
            # The most common first, then by the version's own digits.
            order = sorted(nodes_of, key=lambda one: (-len(nodes_of[one]), one))
            parts = [f"{version} on {some(nodes_of[version])}" for version in order]
            value, detail = " and ".join(order[:_MOST_NAMES]), "; ".join(parts)
            state = CheckState.DIFFERS
        checks.append(Check(Topic.VERSIONS, what, state, value=value, detail=detail, needed=False))
    return tuple(checks)


def some(names: Iterable[str]) -> str:
    """A few of many names, and how many more there are."""
    listed = [name or "the cluster" for name in names]
    if len(listed) > _MOST_NAMES + 1:
        return f"{', '.join(listed[:_MOST_NAMES])} and {len(listed) - _MOST_NAMES} more"
    return ", ".join(listed)
