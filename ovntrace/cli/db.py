"""`ovntrace db`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ovntrace.cli.app import Command
from ovntrace.cli.emit import emit
from ovntrace.cli.moments import moment
from ovntrace.cli.options import output_option, screen_of, screen_options
from ovntrace.errors import ExitCode, NoAnswerError
from renderers.formats import DB_FORMATS

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MEGABYTE = 1 << 20


@click.command(cls=Command)
@click.argument("file", type=_FILE)
@click.argument("table", required=False)
@click.option(
    "--at",
    callback=moment,
    metavar="TIME",
    help="The state then: an ISO time (UTC without a zone), or as -5m before the log's end.",
)
@click.option(
    "--history",
    metavar="ROW",
    help="What happened to a row: its name, its uuid or how that begins.",
)
@click.option("--columns", metavar="A,B", help="Only these columns of TABLE.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=512,
    show_default=True,
    metavar="MB",
    help="Read no more of a file that is packed by gzip.",
)
@output_option(DB_FORMATS)
@screen_options
def db(
    file: Path,
    table: str | None,
    at: Callable[[int], int] | None,
    history: str | None,
    columns: str | None,
    limit: int,
    output: str,
    **shared: Any,
) -> int:
    """Look into an OVSDB file: its tables, their state at an earlier time, a row's past.

    FILE is a database file as ovsdb-server keeps it (ovnnb_db.db, ovnsb_db.db, conf.db), standalone
    or clustered, packed by gzip or not. No ovsdb-server is needed. The file is a log: it says when
    what changed, as far back as the last time that it was compacted.

    Without TABLE: what kind of file it is, who wrote to it, and its tables with their rows.

    Exits with 3 if the file is damaged or ends early, after the answer from what is whole; else
    with 0.
    """
    if at is not None and history is not None:
        raise click.UsageError("--at asks for one time and --history for all: give one of them")
    if columns is not None and (table is None or history is not None):
        raise click.UsageError("--columns are those of TABLE's rows")
    import time

    from collectors.ovsdbfile.questions import DatabaseFile
    from renderers.formats import render_db

    asked = DatabaseFile(_bytes(file), str(file), limit=limit * _MEGABYTE)
    if history is not None:
        answer: Any = asked.history(history, table)
    elif table is not None:
        chosen = None if columns is None else tuple(columns.split(","))
        answer = asked.table(table, chosen, at)
    else:
        answer = asked.overview(at)
    look = screen_of(shared)
    emit(
        render_db(
            answer,
            output,
            now=time.time(),
            all_columns=columns is not None,
            width=look.width,
            color=look.color,
        )
    )
    return ExitCode.NO_ANSWER if answer.head.gaps else ExitCode.OK


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NoAnswerError(error.strerror or "it can't be read", place=str(file)) from error
