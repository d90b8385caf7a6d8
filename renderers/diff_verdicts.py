"""The verdicts that flipped, as lines: the flows, and on each side what decides them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from renderers.acls import owner
from renderers.diff_lines import ARROW, whole
from renderers.lines import Line, Piece, flow, indent, plain, prose
from renderers.text import visible

if TYPE_CHECKING:
    from ovntrace.diff.types import Flip, Judged

_VERDICTS = {"allow": "ok", "drop": "broken", "reject": "broken"}


def flip_lines(flips: "Sequence[Flip]", width: int, *, why: bool) -> list[Line]:
    """Each flow with its two verdicts and what decides them; those of the same reasons together."""
    lines: list[Line] = []
    for _, same in _alike(flips):
        for one in same:
            lines += flow((indent(2),), _flip_tokens(one), hang=6, width=width)
        for side, judged in (("A", same[0].old), ("B", same[0].new)):
            lines += _judged(side, judged, width, why=why)
    return lines


def _alike(flips: "Sequence[Flip]") -> "Iterable[tuple[object, list[Flip]]]":
    """Flows for which both sides say the same, in the order of the first of each."""
    groups: dict[object, list[Flip]] = {}
    for one in flips:
        groups.setdefault((_said(one.old), _said(one.new)), []).append(one)
    return groups.items()


def _said(one: "Judged") -> tuple[object, ...]:
    return (one.verdict, one.reason, one.deciding, one.reply, one.reply_reason)


def _flip_tokens(one: "Flip") -> list[Line]:
    facts = one.flow
    tokens: list[Line] = [
        (
            Piece(verdict_words(one.old), _style(one.old)),
            Piece(f" {ARROW} "),
            Piece(verdict_words(one.new), _style(one.new)),
        )
    ]
    if "switch" in facts:  # in OVN's own terms
        words = [facts.get(key) for key in ("switch", "inport", "packet")]
        tokens += [plain(visible(str(word)), "strong") for word in words if word is not None]
    else:
        ends = f"{facts.get('src')} {ARROW} {facts.get('dst')}"
        tokens.append(plain(visible(ends), "strong"))
        port = facts.get("dport")
        proto = str(facts.get("proto") or "icmp")
        tokens.append(plain(visible(proto if port is None else f"{proto} {port}")))
        if facts.get("network"):
            tokens.append(plain(f"network {visible(str(facts['network']))}", "quiet"))
    if one.asked:
        tokens.append(plain(f"flow {facts.get('line')} of the file", "quiet"))
    return tokens


def verdict_words(one: "Judged") -> str:
    """`allow`, `drop`, or `allow, reply drop`."""
    verdict = visible(one.verdict)
    return verdict if one.reply in (None, "allow") else f"{verdict}, reply {visible(one.reply)}"


def _style(one: "Judged") -> str:
    if one.reply not in (None, "allow"):
        return _VERDICTS.get(str(one.reply), "unknown")
    return _VERDICTS.get(one.verdict, "unknown")


def _judged(side: str, one: "Judged", width: int, *, why: bool) -> list[Line]:
    start: Line = (indent(6), Piece(f"{side}  ", "quiet"))
    lines = prose(visible(one.reason), "plain", start=start, hang=9, width=width)
    deciding = (one.deciding, one.reply_deciding if one.reply != "allow" else None)
    for acl in deciding:
        if acl is not None:
            place = f"{acl.action}  tier {acl.tier}  priority {acl.priority}"
            tokens = [plain(visible(place), "quiet")]
            if acl.policy is None or acl.policy.name not in one.reason:
                tokens.insert(0, plain(owner(acl.policy)))
            lines += flow((indent(9),), tokens, hang=11, width=width)
            lines.append(whole(acl.match, 9, width))
            if why:
                words = f"{visible(acl.uuid)}  of {visible(acl.attached_to)}"
                lines.append((indent(9), Piece(words, "quiet")))
    return lines
