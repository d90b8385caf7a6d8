"""What a dump holds, as a tree and as plain JSON values."""

from ovntrace.view.inspect import DumpPart, DumpPlace, InspectView, Question
from renderers.document import SCHEMA, Json
from renderers.lines import Line, Piece, flow, indent, paint, plain, prose
from renderers.text import counted, visible

_ANSWERS = {"yes": ("✓", "ok"), "partly": ("!", "warn"), "no": ("✗", "broken")}
_LABEL = 11


def inspect_text(view: InspectView, *, width: int = 100, color: bool = False) -> str:
    """The dump, its parts by place, and the questions that it can answer."""
    lines = flow(
        (Piece("dump".ljust(_LABEL), "quiet"),),
        [plain(visible(view.place), "strong")],
        hang=_LABEL,
        width=width,
    )
    read_as = [plain(visible(name)) for name in view.readers] or [plain("nothing known")]
    lines += flow((Piece("read as".ljust(_LABEL), "quiet"),), read_as, hang=_LABEL, width=width)
    for said in _notes(view):
        lines += prose(said, "warn", start=(indent(_LABEL),), hang=_LABEL, width=width)
    for place in view.places:
        lines += [plain(""), *_place(place, width)]
    lines += [plain(""), plain("questions", "strong")]
    for question in view.questions:
        lines += _question(question, view, width)
    return paint(lines, color=color)


def inspect_document(view: InspectView) -> Json:
    """The answer of `dump --inspect` as JSON values."""
    return {
        "schema": SCHEMA,
        "kind": "inspect",
        "place": view.place,
        "readers": list(view.readers),
        "nodes": list(view.nodes),
        "partial": view.partial,
        "cut": view.cut,
        "places": [
            {
                "kind": place.kind,
                "name": place.name,
                "parts": [_part_json(part) for part in place.parts],
                "missing": list(place.missing),
            }
            for place in view.places
        ],
        "questions": [
            {
                "command": one.command,
                "workload": one.workload,
                "answer": one.answer,
                "nodes": list(one.nodes),
                "lacks": list(one.lacks),
            }
            for one in view.questions
        ],
    }


def _part_json(part: DumpPart) -> Json:
    return {
        "artefact": part.artefact,
        "reader": part.reader,
        "paths": list(part.paths),
        "files": part.files,
        "size": part.size,
        "whole": part.whole,
    }


def _notes(view: InspectView) -> list[str]:
    notes = []
    if view.partial:
        notes.append("objects of some namespaces only: others' pods are known by their ports")
    if view.cut:
        notes.append(f"not all could be read: {visible(view.cut)}")
    return notes


def _place(place: DumpPlace, width: int) -> list[Line]:
    title: Line = (Piece(visible(place.name), "strong"),)
    if place.kind != "cluster":
        title = (Piece(f"{place.kind} ", "quiet"), *title)
    lines = [title]
    for part in place.parts:
        what: list[Line] = [plain(_amount(part), "quiet"), plain(visible(part.paths[0]))]
        if part.files > 1:
            what.append(plain(f"and {part.files - 1} more", "quiet"))
        what.append(plain(f"({visible(part.reader)})", "quiet"))
        lines += flow((indent(2), Piece(part.artefact)), what, hang=6, width=width)
    if place.missing:
        start: Line = (indent(2), Piece("missing ", "unknown"))
        lines += flow(start, [plain(name) for name in place.missing], hang=6, width=width)
    return lines


def _amount(part: DumpPart) -> str:
    amounts = [counted(part.files, "file")] if part.files > 1 else []
    if not part.whole:
        amounts.append("in part")
    if part.size is not None:
        amounts.append(_size(part.size))
    return ", ".join(amounts) or "size unknown"


def _size(size: int) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _question(one: Question, view: InspectView, width: int) -> list[Line]:
    sign, style = _ANSWERS[one.answer]
    of = "" if one.workload == "all" else f" of a {one.workload.replace('vm', 'VM')}"
    start: Line = (indent(2), Piece(f"{sign} {one.answer}".ljust(_LABEL - 2), style))
    words: list[Line] = [plain(f"{one.command}{of}", "strong")]
    if one.nodes and len(one.nodes) < len(view.nodes):
        words.append(plain(f"on {', '.join(visible(node) for node in one.nodes)}"))
    if one.lacks:
        said = "needs" if one.answer == "no" else "without"
        words.append(plain(f"{said} {', '.join(visible(lack) for lack in one.lacks)}", "quiet"))
    return flow(start, words, hang=_LABEL + 2, width=width)
