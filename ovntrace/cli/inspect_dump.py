"""`ovntrace dump --inspect PATH…`: what is in a dump, without answering anything from it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.dump import Dump
    from ovntrace.view.inspect import InspectView

INSPECT_FORMATS = ("tree", "json", "yaml")


def run(paths: Sequence[Path], output: str, *, width: int, color: bool) -> str:
    """The text to print. Raises WrongQuestionError if there is no dump at a path, NoAnswerError if
    one can't be read."""
    from collectors.dump import Dump
    from renderers.inspect import inspect_document, inspect_text

    dump = Dump(paths)
    try:
        view = view_of(dump)
    finally:
        dump.close()
    if output == "tree":
        return inspect_text(view, width=width, color=color)
    document = inspect_document(view)
    if output == "yaml":
        from renderers.to_yaml import dump as dump_yaml

        return dump_yaml(document)
    from renderers.to_json import dump as dump_json

    return dump_json(document)


def view_of(dump: "Dump") -> "InspectView":
    """What its readers found."""
    from ovntrace.view.inspect import DumpPart, inspected, shown_paths

    parts = [
        DumpPart(
            part.target,
            part.artefact,
            reader.name,
            shown_paths(part.paths),
            len(part.paths),
            part.size,
            part.whole,
        )
        for reader in dump.readers
        for part in reader.parts()
    ]
    return inspected(
        parts,
        place=dump.place,
        readers=[reader.name for reader in dump.readers],
        nodes=dump.nodes(),
        partial=dump.is_partial,
        cut=dump.cut,
    )
