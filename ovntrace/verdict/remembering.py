"""Whether the zones of two ports remember a new packet between them: only then is its answer one.

Conntrack remembers what is committed to it (ovn-northd, northd/northd.c, build_acls, consider_acl).
An ACL that allows commits, and so does the default, but not a default that `pass` ACLs alone have
led to. 25.03 is so; in 26.03 all that is new is committed.
"""

from typing import Final

from ovntrace.acls.stages import STAGES
from ovntrace.match import Packet, Version
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.verdict.conntrack import NEW, UNTRACKED
from ovntrace.verdict.pipeline import Outcome, through_switch
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.tracking import egress_state, ingress_state

_ALL_THAT_IS_NEW: Final = Version(26, 3)
_DOES_NOT_COMMIT: Final = ("pass", "allow-stateless")


def zones_that_remember(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    outport: LogicalSwitchPort,
    packet: Packet,
) -> tuple[bool, bool]:
    """Of a new packet that is let through: whether the zone of the port that it enters by, and that
    of the port that it leaves by, know it afterwards."""
    tracked = (
        ingress_state(model, inport, packet, NEW).is_tracked,
        egress_state(model, outport, packet, UNTRACKED, NEW, inport=inport).is_tracked,
    )
    if not any(tracked) or not _may_forget(model, inport, outport):
        return tracked
    outcome = through_switch(model, inport, packet, ct_in=NEW, ct_out=NEW, wanted=outport.name)
    return (
        tracked[0] and _is_committed(outcome, inport, "ls_in_"),
        tracked[1] and _is_committed(outcome, outport, "ls_out_"),
    )


def _may_forget(model: SwitchModel, inport: LogicalSwitchPort, outport: LogicalSwitchPort) -> bool:
    if model.version >= _ALL_THAT_IS_NEW:
        return False
    return any(
        one.acl.action in _DOES_NOT_COMMIT
        for stage in STAGES
        for one in model.candidates.concerning(
            stage, inport, outport if stage == STAGES[2] else None
        )
    )


def _is_committed(outcome: Outcome, port: LogicalSwitchPort, part: str) -> bool:
    """True if any ACL stage of this port's zone commits."""
    steps = [
        step
        for step in outcome.steps
        if step.kind == "acl" and step.name == port.name and (step.stage or "").startswith(part)
    ]
    return not steps or any(step.commits for step in steps)
