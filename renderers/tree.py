"""`explain` as a tree: attachments, their hops in order, port groups, policies and ACLs."""

from collections.abc import Sequence

from ovntrace.view.types import Attachment, ExplainView, Hop
from renderers.acls import acl_lines, policy_lines
from renderers.facts import other_facts, shown_facts
from renderers.head import MARKS, finding_lines, gap_lines, head, loose_lines
from renderers.lines import Line, Piece, flow, indent, paint, plain, under, width_of
from renderers.migration import migration_lines
from renderers.text import visible

_BRANCH = Piece("├─ ", "quiet")
_LAST = Piece("└─ ", "quiet")
_TRUNK = Piece("│  ", "quiet")
_BLANK = Piece("   ", "quiet")
_GUIDE = 3  # columns of each of them
_STATE = 9  # columns of "✗ BROKEN", "? unknown"
_KIND = 19  # columns of the longest kind that is common: logical-switch-port
_NAME = _STATE + 1 + _KIND + 1

Block = list[Line]  # a node of the tree: its first line gets the branch, the others the trunk


def render(view: ExplainView, *, width: int = 100, color: bool = False, why: bool = False) -> str:
    """The whole answer for a person. `why` adds rows, commands and the line to watch with."""
    return paint(explain_lines(view, width, why=why), color=color)


def explain_lines(view: ExplainView, width: int, *, why: bool) -> list[Line]:
    """The lines of the answer, at most `width` columns but for names that are longer."""
    lines = [*head(view, width), *migration_lines(view.migration, width)]
    for attachment in view.attachments:
        lines += [plain(""), *_attachment(view, attachment, width, why=why)]
    if not view.attachments:
        lines += [plain(""), plain("no attachment to an OVN network")]
    lines += loose_lines(view, width, why=why)
    return lines + gap_lines(view.gaps, width)


def _attachment(view: ExplainView, attachment: Attachment, width: int, *, why: bool) -> list[Line]:
    hops = [_hop(attachment, hop, width - _GUIDE, why=why) for hop in attachment.hops]
    sections = _sections(attachment, width - _GUIDE, why=why)
    if hops and sections:
        hops[-1] = [*hops[-1], ()]
    return _title(view, attachment, width) + _branches([*hops, *sections])


def _branches(blocks: Sequence[Block]) -> list[Line]:
    lines: list[Line] = []
    for index, block in enumerate(blocks):
        last = index == len(blocks) - 1
        lines.append((_LAST if last else _BRANCH, *block[0]))
        lines += under(_BLANK if last else _TRUNK, block[1:])
    return lines


def _title(view: ExplainView, attachment: Attachment, width: int) -> list[Line]:
    start: Line = (Piece(visible(attachment.interface), "strong"), indent(2))
    words = f"{visible(attachment.network)} ({visible(attachment.topology)})"
    tokens = [(Piece("network ", "quiet"), Piece(words)), *_where(view, attachment)]
    lines = flow(start, tokens, hang=_GUIDE, width=width)
    lsp = attachment.lsp
    below: list[Line] = []
    # In another CMS than OVN-Kubernetes there are no NADs, and the network stands for one.
    if view.workload.identity is None:
        below.append((Piece("nad ", "quiet"), Piece(visible(attachment.nad))))
    below.append(
        (Piece("lsp ", "quiet"), Piece(visible(lsp)) if lsp is not None else Piece("none"))
    )
    if attachment.mac is not None:
        below.append(plain(visible(attachment.mac)))
    below += [plain(visible(address)) for address in attachment.addresses]
    return lines + under(_TRUNK, flow((), below, hang=0, width=width - _GUIDE))


def _where(view: ExplainView, attachment: Attachment) -> list[Line]:
    if attachment.node == view.workload.node:
        return []
    return [(Piece("node ", "quiet"), Piece(visible(attachment.node)))]


def _hop(attachment: Attachment, hop: Hop, width: int, *, why: bool) -> Block:
    sign, word, style = MARKS[hop.state]
    start: Line = (
        Piece(f"{sign} {word}".ljust(_STATE) + " ", style),
        Piece(visible(hop.kind).ljust(_KIND) + " "),
    )
    name = Piece(visible(hop.name), "strong")
    tokens = shown_facts(hop)
    if hop.node and hop.node != attachment.node:
        tokens.insert(0, (Piece("node ", "quiet"), Piece(visible(hop.node))))
    block: Block = []
    if width_of((*start, name)) <= width:
        block += flow((*start, name), tokens, hang=_NAME + 2, width=width)
    else:
        # A logical port's name can fill a line of its own: it gets one.
        block += flow(start, tokens, hang=_NAME + 2, width=width)
        block.append((indent(2), name))
    for finding in hop.findings:
        found = finding_lines(finding, width - _STATE - 1, why=why)
        block += under(indent(_STATE + 1), found)
    return block + (_why(hop, width) if why else [])


def _why(hop: Hop, width: int) -> list[Line]:
    margin = indent(_STATE + 1)
    lines: list[Line] = []
    more = other_facts(hop)
    if more:
        lines += under(margin, flow((), more, hang=2, width=width - _STATE - 1))
    told = [one for finding in hop.findings for one in finding.evidence]
    for evidence in (one for one in hop.evidence if one not in told):
        row: Line = (
            Piece(f"{visible(evidence.artefact)}: ", "quiet"),
            Piece(visible(evidence.row)),
        )
        lines.append((margin, *row))
        if evidence.command:
            lines.append((margin, Piece("$ ", "quiet"), Piece(visible(evidence.command))))
    if hop.watch is not None:
        lines.append((margin, Piece("watch $ ", "quiet"), Piece(visible(hop.watch))))
    return lines


def _sections(attachment: Attachment, width: int, *, why: bool) -> list[Block]:
    inner = width - 2
    groups = [plain(visible(name)) for name in attachment.port_groups]
    sections = [
        ("port groups", flow((), groups, hang=0, width=inner) if groups else []),
        ("policies that select this workload", policy_lines(attachment.policies or (), inner)),
        ("ACLs in the order of evaluation", acl_lines(attachment.acls, inner, why=why)),
    ]
    if attachment.lsp is None:
        # Without a logical port there is nothing for ACLs and groups to be of.
        sections = [section for section in sections if section[1]]
    unknown = {"policies"} if attachment.policies is None else set()
    unknown |= {"port", "ACLs"} if attachment.unread else set()
    return [
        [plain(title, "strong"), *under(indent(2), body), *_maybe_more(title, attachment, inner)]
        if body
        else _without(title, "not known" if title.split(" ")[0] in unknown else "none")
        for title, body in sections
    ]


def _maybe_more(title: str, attachment: Attachment, width: int) -> Block:
    if not attachment.unread or title.startswith("policies"):
        return []
    text = f"maybe others: not all rows of {', '.join(attachment.unread)} were read"
    return under(indent(2), flow((), [(Piece(text, "quiet"),)], hang=0, width=width))


def _without(title: str, why: str) -> Block:
    return [(Piece(f"{title}: "), Piece(why, "quiet"))]
