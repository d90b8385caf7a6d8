"""Which renderer a format is. Each is imported only when it is asked for."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ovntrace.errors import OvntraceError
from ovntrace.view.types import ExplainView, ListView

if TYPE_CHECKING:
    from ovntrace.diff.types import DiffView
    from ovntrace.doctor.types import DoctorView
    from ovntrace.verdict.lint import LintView
    from ovntrace.verdict.types import TraceView
    from renderers.commands import CommandRow
    from renderers.db import Answer

# The words of `--output`, the default first.
EXPLAIN_FORMATS = ("tree", "table", "json", "yaml", "markdown")
LISTING_FORMATS = ("table", "tree", "json", "yaml", "markdown")
TRACE_FORMATS = ("tree", "json", "yaml")
DIFF_FORMATS = ("tree", "json", "yaml", "markdown")
LINT_FORMATS = ("table", "json", "yaml", "markdown")
DB_FORMATS = ("table", "json", "yaml", "markdown")
DOCTOR_FORMATS = ("text", "json", "yaml", "markdown")
MATCH_FORMATS = ("text", "json")
COMMANDS_FORMATS = ("table", "json", "yaml", "markdown")
DOCUMENT_FORMATS = ("json", "yaml")


def render_explain(
    view: ExplainView,
    form: str,
    *,
    width: int = 100,
    color: bool = False,
    why: bool = False,
    to: "TraceView | None" = None,
) -> str:
    """The answer of `explain`, with the flow that was asked for beside it; documents hold
    everything, with or without `why`."""
    if form in DOCUMENT_FORMATS:
        from renderers.document import explain_document

        return _document(explain_document(view, to), form)
    if form == "markdown":
        from renderers.markdown import explain_markdown

        text = explain_markdown(view, why=why)
        return text if to is None else text + _fenced_trace(to, why=why)
    if form == "table":
        from renderers.table import explain_table

        text = explain_table(view, width=width, color=color, why=why)
    else:
        from renderers.tree import render

        text = render(view, width=width, color=color, why=why)
    if to is None:
        return text
    from renderers.trace import trace_text

    return text + "\n" + trace_text([to], width=width, color=color, why=why, source=False)


def _fenced_trace(to: "TraceView", *, why: bool) -> str:
    from renderers.markdown import fenced
    from renderers.trace import trace_text

    text = trace_text([to], why=why, source=False)
    return "\n".join(["", "## Flow", "", *fenced(*text.splitlines()), ""])


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


def render_trace(
    views: "Sequence[TraceView]",
    form: str,
    *,
    width: int = 100,
    color: bool = False,
    why: bool = False,
) -> str:
    """The answer of `trace`: one view, or one for each direction."""
    if form in DOCUMENT_FORMATS:
        from renderers.trace_document import trace_document

        return _document(trace_document(views), form)
    from renderers.trace import trace_text

    return trace_text(views, width=width, color=color, why=why)


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


def render_lint(view: "LintView", form: str, *, width: int = 100, color: bool = False) -> str:
    """The answer of `lint`."""
    from renderers.lint import lint_document, lint_markdown, lint_text

    if form in DOCUMENT_FORMATS:
        return _document(lint_document(view), form)
    if form == "markdown":
        return lint_markdown(view)
    return lint_text(view, width=width, color=color)


def render_diff(
    view: "DiffView", form: str, *, width: int = 100, color: bool = False, why: bool = False
) -> str:
    """The answer of `diff`; documents hold everything, with or without `why`."""
    if form in DOCUMENT_FORMATS:
        from renderers.diff_document import diff_document

        return _document(diff_document(view), form)
    if form == "markdown":
        from renderers.diff_markdown import diff_markdown

        return diff_markdown(view, why=why)
    from renderers.diff import diff_text

    return diff_text(view, width=width, color=color, why=why)


def render_doctor(view: "DoctorView", form: str, *, width: int = 100, color: bool = False) -> str:
    """The answer of `doctor`."""
    if form in DOCUMENT_FORMATS:
        from renderers.doctor_document import doctor_document

        return _document(doctor_document(view), form)
    from renderers.doctor import doctor_markdown, doctor_text

    if form == "markdown":
        return doctor_markdown(view)
    return doctor_text(view, width=width, color=color)


def render_db(
    answer: "Answer",
    form: str,
    *,
    now: float,
    all_columns: bool = False,
    width: int = 100,
    color: bool = False,
) -> str:
    """The answer of `db`; documents hold all that was read."""
    if form in DOCUMENT_FORMATS:
        from renderers.db_document import db_document

        return _document(db_document(answer, now), form)
    from renderers.db import db_markdown, db_text

    if form == "markdown":
        return db_markdown(answer, all_columns=all_columns)
    return db_text(answer, all_columns=all_columns, width=width, color=color)


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
