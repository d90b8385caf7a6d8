"""The tables of docs/conformance.md, a row for each series of OVN."""

from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "conformance.md"


def keep_rows(rows: list[str], begin: str, end: str, document: Path) -> None:
    """Replace the rows of these series (23.03 for 23.03.1) in the table between two marks."""
    before, _, rest = document.read_text().partition(begin)
    old, _, after = rest.partition(end)
    lines = [line for line in old.strip().splitlines() if line]
    found = {_series(line): line for line in (*lines[2:], *rows)}
    table = "\n".join([*lines[:2], *(found[series] for series in sorted(found))])
    document.write_text(f"{before}{begin}\n{table}\n{end}{after}")


def _series(row: str) -> str:
    return row.strip("| ").split(" ", 1)[0][:5]
