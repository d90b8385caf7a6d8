"""A hop from its facts and what was found wrong with it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ovntrace.view.types import Evidence, Fact, Finding, Hop, State

_STATES = {"error": State.BROKEN, "warning": State.WARN, "info": State.OK}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a hop. `error` breaks it, `warning` may still let packets pass."""

    id: str
    severity: str  # error | warning | info
    title: str
    evidence: tuple[Evidence, ...]
    remedy: tuple[str, ...] = ()
    certainty: str = "proven"  # proven | consistent


def make_hop(
    kind: str,
    name: str,
    node: str,
    *,
    facts: Mapping[str, Fact] | None = None,
    evidence: Sequence[Evidence] = (),
    problems: Sequence[Problem] = (),
    known: bool = True,
    watch: str | None = None,
) -> Hop:
    """The hop; its state follows from its problems, and is unknown if its own row is not `known`.

    Facts that are None are left out: None is "not known".
    """
    states = [_STATES[problem.severity] for problem in problems]
    state = State.UNKNOWN if not known else State.OK
    if State.BROKEN in states:
        state = State.BROKEN
    elif State.WARN in states:
        state = State.WARN
    where = {"hop": kind, "name": name}
    return Hop(
        kind=kind,
        name=name,
        node=node,
        state=state,
        facts={key: value for key, value in (facts or {}).items() if value is not None},
        evidence=tuple(evidence),
        findings=tuple(
            Finding(p.id, p.severity, p.certainty, p.title, where, p.evidence, p.remedy)
            for p in problems
        ),
        watch=watch,
    )


def cell(value: str | int | bool | None) -> str:
    """A column's value as the tools print it."""
    if value is None:
        return "[]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def tcpdump(
    node: str, interface: str, mac: str | None, *, netns: str | None = None, vlan: int | None = None
) -> str:
    """The line with which one would watch a workload's packets; printed, never run."""
    wanted = f"ether host {mac}" if mac else ""
    if vlan is not None:
        wanted = f"vlan {vlan} and {wanted}" if wanted else f"vlan {vlan}"
    argv = ["tcpdump", "-nnei", interface, *([wanted] if wanted else [])]
    if netns:
        argv = ["nsenter", f"--net=/run/netns/{netns}", *argv]
    return f"{shlex.join(argv)}  # on node {node}"
