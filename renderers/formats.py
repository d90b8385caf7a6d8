"""Which renderer a format is. Each is imported only when it is asked for."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ovntrace.errors import OvntraceError
from ovntrace.view.types import ExplainView, ListView

if TYPE_CHECKING:
    from renderers.commands import CommandRow

# The words of `--output`, the default first.
EXPLAIN_FORMATS = ("tree", "table", "json", "yaml", "markdown")
LISTING_FORMATS = ("table", "tree", "json", "yaml", "markdown")
COMMANDS_FORMATS = ("table", "json", "yaml", "markdown")
DOCUMENT_FORMATS = ("json", "yaml")


def render_explain(
    view: ExplainView, form: str, *, width: int = 100, color: bool = False, why: bool = False
) -> str:
    """The answer of `explain`; documents hold everything, with or without `why`."""
    if form in DOCUMENT_FORMATS:
        from renderers.document import explain_document

        return _document(explain_document(view), form)
    if form == "markdown":
        from renderers.markdown import explain_markdown

        return explain_markdown(view, why=why)
    if form == "table":
        from renderers.table import explain_table

        return explain_table(view, width=width, color=color, why=why)
    from renderers.tree import render

    return render(view, width=width, color=color, why=why)


def render_listing(view: ListView, form: str, *, width: int = 100, color: bool = False) -> str:
    """The answer of `ls`."""
    if form in DOCUMENT_FORMATS:
        from renderers.document import listing_document

        return _document(listing_document(view), form)
    if form == "markdown":
        from renderers.markdown import listing_markdown

        return listing_markdown(view)
    if form == "tree":
        from renderers.listing import render

        return render(view, width=width, color=color)
    from renderers.table import listing_table

    return listing_table(view, width=width, color=color)


def render_commands(
    rows: "Sequence[CommandRow]", form: str, version: str, *, width: int = 100, color: bool = False
) -> str:
    """The answer of `commands`."""
    from renderers.commands import commands_document, commands_markdown, commands_text

    if form in DOCUMENT_FORMATS:
        return _document(commands_document(rows, version), form)
    if form == "markdown":
        return commands_markdown(rows)
    return commands_text(rows, width=width, color=color)


def render_error(kind: str, error: OvntraceError, form: str) -> str:
    """What stands on stdout instead of an answer, for formats that a program reads."""
    from renderers.document import error_document

    return _document(error_document(kind, error), form)


def _document(document: Mapping[str, object], form: str) -> str:
    if form == "yaml":
        from renderers.to_yaml import dump as dump_yaml

        return dump_yaml(document)
    from renderers.to_json import dump as dump_json

    return dump_json(document)
