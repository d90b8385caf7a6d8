"""What `ovntrace db` asks of a file."""

from collections.abc import Callable, Collection, Sequence

from collectors.ovsdbfile.framing import CLUSTERED, magic_of
from collectors.ovsdbfile.history import History
from collectors.ovsdbfile.names import Names
from collectors.ovsdbfile.packing import LIMIT, is_packed, unpacked
from collectors.ovsdbfile.plainvalues import plain
from collectors.ovsdbfile.replay import Replayed, Stop, replay
from collectors.ovsdbfile.state import TableState, Watcher
from collectors.ovsdbfile.survey import Survey
from collectors.ovsdbfile.transaction import Rows, Transaction
from collectors.ovsdbfile.trouble import Trouble
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Gap, Reason
from ovntrace.model.databasefile import (
    FileHead,
    FileOverview,
    FileTable,
    Ref,
    RowHistory,
    time_text,
)

Moment = Callable[[int], int]
"""A time in milliseconds since the epoch, from that of the last transaction."""


class DatabaseFile:
    """A file that questions are put to. `place` is its name, as errors and answers show it."""

    def __init__(self, data: bytes, place: str, *, limit: int = LIMIT) -> None:
        self._packing: Trouble | None = None
        if is_packed(data):
            data, self._packing = unpacked(data, limit)
        self._data = data
        self._place = place
        self._magic = magic_of(data)
        if self._magic is None:
            raise NoAnswerError(
                "not an OVSDB file", place=place, hint="a file as /etc/ovn/ovnnb_db.db, or its gzip"
            )

    def overview(self, at: Moment | None = None) -> FileOverview:
        """The file as a whole; NoAnswerError if not even its schema can be read."""
        done, survey, at_ms = self._state(None, at)
        assert done.state is not None
        tables = sorted((name, len(table.rows)) for name, table in done.state.tables.items())
        return FileOverview(self._head(done, survey, at_ms), survey.authors(), tuple(tables))

    def table(
        self, name: str, columns: Sequence[str] | None = None, at: Moment | None = None
    ) -> FileTable:
        """A table's rows, all columns unless some are named. References that the table has to
        others are resolved. WrongQuestionError for a table or column that there is not."""
        done, survey, at_ms = self._state(None, at)
        assert done.state is not None
        table = done.state.tables.get(name)
        if table is None:
            raise _unknown("table", name, tuple(done.state.tables), self._place)
        headings = table.schema.headings
        wanted = tuple(headings if columns is None else columns)
        for column in wanted:
            if column not in headings:
                raise _unknown(f"column of {name}", column, headings, self._place)
        names = _names_at(done)
        rows = tuple(
            tuple(
                uuid
                if column == "_uuid"
                else plain(one := table.schema.columns[column], cells[one.at], names.get)
                for column in wanted
            )
            for uuid, cells in sorted(table.rows.items())
        )
        return FileTable(self._head(done, survey, at_ms), name, wanted, rows)

    def history(self, asked: str, table: str | None = None) -> RowHistory:
        """The past of a row: by uuid, the unique beginning of one, or name; of a name, of all rows
        that ever had it. WrongQuestionError if there is none, or if it is of several tables."""
        names, survey = Names(), self._survey()

        def both() -> Watcher:
            nonlocal names, survey
            names, survey = Names(), self._survey()
            return _Both((names, survey))

        done = self._replayed(None, watcher=both)
        assert done.state is not None
        if table is not None and table not in done.state.tables:
            raise _unknown("table", table, tuple(done.state.tables), self._place)
        found, uuids = names.find(asked, table, self._place)
        history: History | None = None

        def watching() -> Watcher:
            nonlocal history
            history = History(found, uuids, names, snapshot=survey.snapshot)
            return history

        self._replayed(None, watcher=watching)
        changes = () if history is None else history.changes()
        rows = tuple(Ref(uuid, names.name_of(uuid)) for uuid in uuids)
        return RowHistory(self._head(done, survey, None), found, rows, changes)

    # --- one replay -----------------------------------------------------------------------------

    def _survey(self) -> Survey:
        return Survey(clustered=self._magic == CLUSTERED)

    def _state(
        self, wanted: Collection[str] | None, at: Moment | None
    ) -> tuple[Replayed, Survey, int | None]:
        survey = self._survey()

        def watching() -> Watcher:
            nonlocal survey
            survey = self._survey()
            return survey

        if at is None:
            done = self._replayed(wanted, watcher=watching)
            return done, survey, None
        self._replayed(frozenset(), watcher=watching)
        whole = survey
        begins, ends = whole.begins_ms, whole.ends_ms
        if begins is None or ends is None:
            raise NoAnswerError("no transaction in it has a time", place=self._place)
        at_ms = at(ends)
        if at_ms < begins:
            why = ", when it was compacted" if whole.snapshot else ""
            raise WrongQuestionError(
                f"{time_text(at_ms)} is before the log, which begins at {time_text(begins)}{why}",
                place=self._place,
            )
        stop = _After(at_ms)
        return self._replayed(wanted, stop=stop), whole, at_ms

    def _replayed(
        self,
        wanted: Collection[str] | None,
        *,
        stop: Stop | None = None,
        watcher: Callable[[], Watcher] | None = None,
    ) -> Replayed:
        done = replay(self._data, wanted, stop=stop, watcher=watcher)
        if done.state is None:
            trouble = done.trouble or Trouble("it holds no data", False)
            raise NoAnswerError(trouble.text, place=self._place)
        return done

    def _head(self, done: Replayed, survey: Survey, at_ms: int | None) -> FileHead:
        assert done.state is not None
        schema = done.state.schema
        troubles = [one for one in (self._packing, done.trouble) if one is not None]
        return FileHead(
            place=self._place,
            database=schema.name,
            version=schema.version,
            kind="clustered" if self._magic == CLUSTERED else "standalone",
            records=done.records,
            begins_ms=survey.begins_ms,
            ends_ms=survey.ends_ms,
            snapshot=survey.snapshot,
            at_ms=at_ms,
            gaps=tuple(self._gap(one) for one in troubles),
        )

    def _gap(self, trouble: Trouble) -> Gap:
        reason = Reason.TRUNCATED if trouble.truncated else Reason.UNPARSABLE
        hint = "collect the file again; what is shown is the state up to there"
        return Gap("", self._place, str(reason), trouble.text, hint)


class _After:
    """Stops at the first transaction that is later."""

    def __init__(self, at_ms: int) -> None:
        self._at_ms = at_ms

    def __call__(self, transaction: Transaction) -> bool:
        return transaction.date_ms is not None and transaction.date_ms > self._at_ms


class _Both:
    """Several watchers as one."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    def opens(self, transaction: Transaction, record: int) -> None:
        for one in self._watchers:
            one.opens(transaction, record)

    def sees(self, table: TableState, changes: Rows, *, is_diff: bool) -> None:
        for one in self._watchers:
            one.sees(table, changes, is_diff=is_diff)


def _names_at(done: Replayed) -> dict[str, str]:
    """Names of all rows as they are at that time."""
    assert done.state is not None
    found: dict[str, str] = {}
    for table in done.state.tables.values():
        for name in ("name", "logical_port"):
            column = table.schema.columns.get(name)
            if column is not None and column.at:
                found.update(
                    (uuid, cells[column.at])
                    for uuid, cells in table.rows.items()
                    if isinstance(cells[column.at], str) and cells[column.at]
                )
                break
    return found


def _unknown(what: str, name: str, known: Sequence[str], place: str) -> WrongQuestionError:
    lower = name.lower()
    near = [one for one in known if lower in one.lower() or one.lower() in lower]
    if not near:
        from difflib import get_close_matches

        near = get_close_matches(name, known, 4)
    return WrongQuestionError(f"no {what} is named {name}", place=place, candidates=near)
