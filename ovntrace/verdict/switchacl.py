"""An ACL on a switch."""

from dataclasses import dataclass

from ovntrace.model.northbound import Acl, PortGroup


@dataclass(frozen=True, slots=True, eq=False)
class SwitchAcl:
    """An ACL on a switch, and the group that brought it (None: the switch itself). `stage` is one
    of STAGES, whatever the version calls it. In a stage the ACLs go by `rank`: tiers upward, in a
    tier the highest priority first, ties by uuid."""

    acl: Acl
    group: PortGroup | None
    stage: str
    rank: tuple[int, int, str]
