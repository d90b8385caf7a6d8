"""What connection tracking says of a packet, and what that lets ACLs match.

The hints and fixed rules are those of ovn-northd (northd/northd.c: build_acl_hints, build_acls).
"""

from dataclasses import dataclass
from typing import Final

ALLOW_BIT: Final = 1 << 7  # reg0[7]: an allow or allow-related ACL may match
DROP_BIT: Final = 1 << 9  # reg0[9]: a drop or reject ACL may match
_FLAGS: Final = ("new", "est", "rel", "rpl", "inv")  # bits of ct_state, from 0 on
_TRACKED: Final = 1 << 5


@dataclass(frozen=True, slots=True)
class CtState:
    """The state of a packet in one zone: some of new, est, rel, rpl, inv; none if untracked."""

    flags: frozenset[str] = frozenset()

    @property
    def is_tracked(self) -> bool:
        """True if the packet went through conntrack in this zone."""
        return bool(self.flags)

    @property
    def bits(self) -> int:
        """ct_state, with its bit for tracked."""
        return _TRACKED | sum(1 << _FLAGS.index(flag) for flag in self.flags) if self.flags else 0

    @property
    def is_reply(self) -> bool:
        """A packet in the other direction of a known connection."""
        return {"est", "rpl"} <= self.flags and not self.flags & {"rel", "new", "inv"}

    @property
    def is_related(self) -> bool:
        """An ICMP error of a known connection."""
        return "rel" in self.flags and not self.flags & {"est", "new"}

    @property
    def is_invalid(self) -> bool:
        """Conntrack can make nothing of it."""
        return "inv" in self.flags

    @property
    def hints(self) -> int:
        """Bits of reg0 as ls_in_acl_hint sets them, with those for established connections
        (reg0[8], reg0[10]) in the places of those for new ones: an ACL is installed for both."""
        is_new = "new" in self.flags
        starts = is_new and "est" not in self.flags
        goes_on = "est" in self.flags and not is_new and "rpl" not in self.flags
        return (ALLOW_BIT if not self.flags or starts or goes_on else 0) | DROP_BIT


UNTRACKED: Final = CtState()
NEW: Final = CtState(frozenset({"new"}))
ESTABLISHED: Final = CtState(frozenset({"est"}))
REPLY: Final = CtState(frozenset({"est", "rpl"}))


def ct_state(words: str) -> CtState:
    """`new`, `est`, `est,rpl`, `rel`, `inv` as ovn-trace's --ct takes them. Raises ValueError."""
    flags = frozenset(word.strip() for word in words.split(",") if word.strip())
    unknown = flags - {"new", "est", "rel", "rpl", "inv", "trk"}
    if unknown or not flags - {"trk"}:
        raise ValueError(f"{words!r} is no conntrack state (new, est, est,rpl, rel, inv)")
    return CtState(flags - {"trk"})
