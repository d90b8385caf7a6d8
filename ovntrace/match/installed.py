"""What northd puts around an ACL's match, and what of it is compiled in the end.

northd copies the text of a match without parsing it, so what has to compile is the whole logical
flow: a trailing `// comment` swallows the parenthesis after it, and `tcp) || (udp`, which is no
match, may make one. From the logical flows that northd of 23.03, 25.03 and 26.03 wrote; how those
of 23.06 to 24.09 look is known from databases that 23.09 wrote.
"""

from typing import Final

from ovntrace.match.versions import Version

_PLAIN_UNTIL: Final = Version(23, 6)
"""Before it an ACL without conntrack was installed bare, and there were no tiers."""

_NEW: Final = "reg0[7] == 1"
"""Hint: a new connection that an ACL may allow."""

_DROP_NEW: Final = "reg0[9] == 1"
"""Hint: a connection that is not established, which an ACL may drop."""


def as_installed(
    match: str,
    action: str,
    version: Version,
    *,
    stateful: bool,
    tier: int | None = None,
) -> str:
    """The match of a logical flow that northd of `version` makes of an ACL.

    An ACL of a `stateful` switch becomes two flows (for new and for established connections) that
    differ in a bit of reg0; this is the first. `tier` is for switches on which an ACL of the same
    stage has a tier above 0. Actions that bypass connection tracking (allow-stateless, pass) have
    no hint.
    """
    hint = hint_of(action) if stateful else None
    if version < _PLAIN_UNTIL:
        if hint is None:
            return match
        # 23.03 puts the parentheses of a reject around the wrong side.
        return f"({hint}) && {match}" if action == "reject" else f"{hint} && ({match})"
    terms = [f"reg8[30..31] == {tier}"] if tier is not None else []
    if hint is not None:
        terms.append(hint)
    return " && ".join([*terms, f"({match})"])


def hint_of(action: str) -> str | None:
    """What an ACL with an action asks besides on a stateful switch."""
    if action in ("allow", "allow-related"):
        return _NEW
    return _DROP_NEW if action in ("drop", "reject") else None
