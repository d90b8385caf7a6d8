"""A file's tables at its end, or at an earlier time."""

import gc
from collections.abc import Callable, Collection

from collectors.ovsdbfile.commits import Batch, Commit, commits_of, damaged
from collectors.ovsdbfile.framing import magic_of
from collectors.ovsdbfile.state import State, Watcher
from collectors.ovsdbfile.transaction import Transaction, date_ms_of
from collectors.ovsdbfile.trouble import BadRecordError, Trouble

Stop = Callable[[Transaction], bool]


class Replayed:
    """What came of it. `state` is None if not even a schema could be read.

    `records` counts those that were used, of a clustered file those up to the last that is
    committed; `date_ms` is the time of the last transaction that has one.
    """

    __slots__ = ("date_ms", "records", "state", "trouble")

    def __init__(self) -> None:
        self.state: State | None = None
        self.records = 0
        self.date_ms: int | None = None
        self.trouble: Trouble | None = None


class _BrokenError(Exception):
    def __init__(self, record: int, offset: int, error: BadRecordError) -> None:
        super().__init__(str(error))
        self.trouble = damaged(record, offset, error)
        self.record = record


def replay(
    data: bytes,
    wanted: Collection[str] | None,
    *,
    stop: Stop | None = None,
    watcher: Callable[[], Watcher] | None = None,
) -> Replayed:
    """Do all that the (unpacked) file says, up to the transaction at which `stop` says so.

    Never raises for what is in the file. A record that turns out bad when half of it was done
    makes everything be done again without it: `watcher` is called anew for that.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        try:
            done = _replayed(data, wanted, stop, watcher, None)
        except _BrokenError as broken:
            done = _replayed(data, wanted, stop, watcher, broken.record)
            done.trouble = broken.trouble
        if done.state is not None:
            done.state.settle()
        return done
    finally:
        if collecting:
            gc.enable()


def _replayed(
    data: bytes,
    wanted: Collection[str] | None,
    stop: Stop | None,
    watcher: Callable[[], Watcher] | None,
    before: int | None,
) -> Replayed:
    done = Replayed()
    magic = magic_of(data)
    if magic is None:
        done.trouble = Trouble("not an OVSDB file", False, 1, 0)
        return done
    watching = None if watcher is None else watcher()
    passing = _Passing(data, wanted if stop is None and watcher is None else None)
    for step in commits_of(data, magic, batched=not passing.few):
        if isinstance(step, Trouble):
            done.trouble = step
            break
        if isinstance(step, Batch) and stop is None and watching is None and done.state is not None:
            if not _batch_taken(done, done.state, step, before):
                return done
            continue
        for number, commits in step.commits() if isinstance(step, Batch) else (step,):
            for commit in commits:
                if commit.record == before:
                    return done
                if passing.few and passing.passes(commit):
                    continue
                if not _taken(done, commit, wanted, stop, watching):
                    return done
            done.records = number
    done.date_ms = passing.date_ms() or done.date_ms
    return done


def _batch_taken(done: Replayed, state: State, batch: Batch, before: int | None) -> bool:
    """Do what many records say; False once `before` is reached."""
    for (number, offset, _, _), value in zip(batch.records, batch.values, strict=True):
        if number == before:
            return False
        try:
            state.apply_value(value)
        except BadRecordError as error:
            raise _BrokenError(number, offset, error) from None
        date_ms = date_ms_of(value)
        if date_ms is not None:
            done.date_ms = date_ms
        done.records = number
    return True


def _taken(
    done: Replayed,
    commit: Commit,
    wanted: Collection[str] | None,
    stop: Stop | None,
    watching: Watcher | None,
) -> bool:
    """Do what a commit says; False if it is after the time that was asked for."""
    try:
        transaction = _transaction(commit, wanted)
        if transaction is not None and stop is not None and stop(transaction):
            return False
        if commit.schema is not None:
            if done.state is None:
                done.state = State(commit.schema, wanted)
            else:
                done.state.convert(commit.schema, keep=transaction is None)
        if transaction is not None:
            if done.state is None:
                raise BadRecordError("a transaction before any schema")
            done.state.apply(transaction, commit.record, watching)
            done.date_ms = done.date_ms if transaction.date_ms is None else transaction.date_ms
    except BadRecordError as error:
        raise _BrokenError(commit.record, commit.offset, error) from None
    return True


def _transaction(commit: Commit, wanted: Collection[str] | None) -> Transaction | None:
    if commit.read is None:
        return None
    return commit.read(_EVERY if wanted is None else wanted)


class _Every:
    """All tables."""

    def __contains__(self, name: object) -> bool:
        return True


_EVERY = _Every()
_FEW = 6  # so many names are found missing in a record in less time than it takes to parse it


class _Passing:
    """Transactions of a standalone file that touch none of a few wanted tables are not parsed."""

    def __init__(self, data: bytes, wanted: Collection[str] | None) -> None:
        few = wanted if wanted is not None and len(wanted) <= _FEW else None
        self.few = few is not None
        self._keys = None if few is None else [f'"{name}":{{'.encode() for name in few]
        self._data = data
        self._last: Commit | None = None

    def passes(self, commit: Commit) -> bool:
        """True if it can be left out."""
        if self._keys is None or commit.raw is None:
            return False
        if any(self._data.find(key, *commit.raw) >= 0 for key in self._keys):
            self._last = None
            return False
        self._last = commit
        return True

    def date_ms(self) -> int | None:
        """The time of the last transaction, if that was left out."""
        if self._last is None or self._last.read is None:
            return None
        try:
            return self._last.read(()).date_ms
        except BadRecordError:
            return None
