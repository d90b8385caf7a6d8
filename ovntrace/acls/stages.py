"""The stages of a switch's pipeline in which ACLs stand (ovn-nb(5), table ACL)."""

from collections.abc import Mapping
from typing import Final

from ovntrace.model.northbound import Acl

# In their order, as OVN before 23.06 called them.
STAGES: Final = ("ls_in_acl", "ls_in_acl_after_lb", "ls_out_acl")


def stage_of(acl: Acl, *, has_tiers: bool) -> str:
    """The logical pipeline's stage by name; from OVN 23.06 (which brought tiers) it is split and
    the part that decides ends in `_eval` (northd/northd.h)."""
    stage = stage_by(acl.direction, acl.options)
    return f"{stage}_eval" if has_tiers else stage


def stage_by(direction: str, options: Mapping[str, str]) -> str:
    """The one of STAGES that an ACL's direction and options say."""
    if direction == "to-lport":
        return STAGES[2]
    return STAGES[1] if options.get("apply-after-lb") == "true" else STAGES[0]
