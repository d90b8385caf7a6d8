"""What a file's transactions say of themselves: when, and who."""

from collectors.ovsdbfile.state import TableState
from collectors.ovsdbfile.transaction import Rows, Transaction
from ovntrace.model.databasefile import Author

_SNAPSHOT = "compact"  # "compacting database online", "compacted by ovsdb-tool 3.1.0"


class Survey:
    """A watcher that looks at no row."""

    def __init__(self, *, clustered: bool) -> None:
        self.begins_ms: int | None = None
        self.ends_ms: int | None = None
        self.snapshot = False
        self._clustered = clustered
        self._seen = 0
        self._authors: dict[str, list[int | None]] = {}  # transactions, first and last time

    def opens(self, transaction: Transaction, record: int) -> None:
        """Take down time and comment."""
        self._seen += 1
        time_ms = transaction.date_ms
        if self._seen == 1:
            is_first_record = self._clustered and record == 1
            self.snapshot = transaction.comment.startswith(_SNAPSHOT) or is_first_record
        if self.begins_ms is None:
            self.begins_ms = time_ms
        self.ends_ms = time_ms if time_ms is not None else self.ends_ms
        author = self._authors.setdefault(transaction.comment.partition(":")[0], [0, None, None])
        author[0] = (author[0] or 0) + 1
        author[1] = author[1] if author[1] is not None else time_ms
        author[2] = time_ms if time_ms is not None else author[2]

    def sees(self, table: TableState, changes: Rows, *, is_diff: bool) -> None:
        """Rows are not its affair."""

    def authors(self) -> tuple[Author, ...]:
        """Who wrote most comes first."""
        found = [
            Author(comment, count or 0, first, last)
            for comment, (count, first, last) in self._authors.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.transactions, one.comment)))
