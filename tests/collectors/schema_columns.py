"""Writes collectors/parse/column_table.py: the columns of all tables, from schema files.

    python -m tests.collectors.schema_columns SCHEMA.ovsschema... > collectors/parse/column_table.py

What the present table knows is kept, so that the schemas of one more version are enough to add it.
"""

import json
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from collectors.parse.column_types import kinds, places

DATABASES: Final = {"OVN_Northbound": "nb", "OVN_Southbound": "sb", "Open_vSwitch": "ovs"}
_LETTERS: Final = {"string": "s", "integer": "i", "real": "r", "boolean": "b", "uuid": "u"}
_HEAD: Final = '''"""Columns of NB, SB and Open_vSwitch with their types, from OVN 22.03 to 26.03.

Written by tests/collectors/schema_columns.py from the schemas; not edited by hand. A letter for a
set's or scalar's type (string, integer, real, boolean, uuid), two for a map's key and value.
"""

from collections.abc import Mapping
from typing import Final
'''

Columns = dict[str, dict[str, dict[str, str]]]


def columns_of(schemas: Iterable[Path]) -> Columns:
    """Types by database, table and column. A column that two versions type otherwise is an error:
    the text forms could then not be read without the version."""
    found: Columns = {}
    for path in schemas:
        schema = json.loads(path.read_text())
        database = DATABASES.get(schema["name"])
        if database is None:
            continue
        for table, body in schema["tables"].items():
            columns = found.setdefault(database, {}).setdefault(table, {})
            for name, column in body["columns"].items():
                letters = _letters(column["type"])
                if columns.setdefault(name, letters) != letters:
                    raise SystemExit(f"{path}: {table}:{name} is of another type elsewhere")
    return found


def _letters(kind: Any) -> str:
    if isinstance(kind, str):
        kind = {"key": kind}
    parts = [kind[part] for part in ("key", "value") if part in kind]
    return "".join(_LETTERS[part if isinstance(part, str) else part["type"]] for part in parts)


def known() -> Columns:
    """What the table in the repository says."""
    found: Columns = {}
    for database, table in places():
        found.setdefault(database, {})[table] = dict(kinds(database, table))
    return found


def module(columns: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    """The text of column_table.py."""
    lines = [_HEAD, "COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {"]
    for database in ("nb", "sb", "ovs"):
        lines.append(f'    "{database}": {{')
        for table, names in sorted(columns.get(database, {}).items()):
            words = " ".join(f"{name}:{kind}" for name, kind in sorted(names.items()))
            parts = textwrap.wrap(words, 86 if len(words) <= 86 else 78, break_on_hyphens=False)
            if len(parts) == 1 and len(table) + len(parts[0]) < 84:
                lines.append(f'        "{table}": "{parts[0]}",')
                continue
            lines.append(f'        "{table}": (')
            ends = [" "] * (len(parts) - 1) + [""]
            lines += [f'            "{part}{end}"' for part, end in zip(parts, ends, strict=True)]
            lines.append("        ),")
        lines.append("    },")
    return "\n".join([*lines, "}", ""])


def _merged(ours: Columns, theirs: Columns) -> Columns:
    for database, tables in theirs.items():
        for table, names in tables.items():
            ours.setdefault(database, {}).setdefault(table, {}).update(names)
    return ours


if __name__ == "__main__":
    sys.stdout.write(module(_merged(known(), columns_of(Path(word) for word in sys.argv[1:]))))
