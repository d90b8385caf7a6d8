"""What always differs between two times: told only when it is asked for, and never counted."""

from collections.abc import Iterator

from ovntrace.diff.sides import Sides
from ovntrace.diff.types import FactChange, NoiseChange
from ovntrace.model.rows import Database, Row

_SEQUENCES = (
    "nb_cfg",
    "sb_cfg",
    "hv_cfg",
    "nb_cfg_timestamp",
    "sb_cfg_timestamp",
    "hv_cfg_timestamp",
)
# (artefact, table, the column that names a row)
_TABLES = (
    ("nb", "NB_Global", None),
    ("sb", "SB_Global", None),
    ("sb", "Chassis_Private", "name"),
    ("ovs", "Open_vSwitch", None),
)


def noise_changes(sides: Sides) -> tuple[NoiseChange, ...]:
    """Sequence numbers and their times, and how many rows are the same under other uuids."""
    return (*_of_numbers(sides), *_of_ports(sides))


def _of_numbers(sides: Sides) -> Iterator[NoiseChange]:
    for artefact, table, column in _TABLES:
        old, new = _databases(sides, artefact, 0), _databases(sides, artefact, 1)
        for node in sorted(set(old) & set(new)):
            before = _named(old[node], table, column)
            after = _named(new[node], table, column)
            for name in sorted(set(before) & set(after)):
                facts = tuple(_numbers(before[name], after[name]))
                if facts:
                    yield NoiseChange(node, artefact, f"{table} {name}".strip(), facts)


def _databases(sides: Sides, artefact: str, at: int) -> dict[str, Database]:
    snapshot = (sides.old, sides.new)[at].snapshot
    if artefact == "nb":
        return {node: one.db for node, one in snapshot.nb.items()}
    if artefact == "sb":
        return {node: one.db for node, one in snapshot.sb.items()}
    return {node: one.db for node, one in snapshot.ovs.items()}


def _named(database: Database, table: str, column: str | None) -> dict[str, Row]:
    return {(row.text(column) or "") if column else "": row for row in database.table(table)}


def _numbers(old: Row, new: Row) -> Iterator[FactChange]:
    for name in (*_SEQUENCES, "next_cfg", "cur_cfg"):
        before, after = old.number(name), new.number(name)
        if before != after:
            yield FactChange(name, before, after)


def _of_ports(sides: Sides) -> Iterator[NoiseChange]:
    for nodes, old, new in sides.both_zones():
        for table in ("Logical_Switch_Port", "Logical_Switch"):
            before = {row.text("name"): row.uuid for row in old.nb.db.table(table)}
            after = {row.text("name"): row.uuid for row in new.nb.db.table(table)}
            renewed = sum(before[name] != after[name] for name in set(before) & set(after))
            if renewed:
                fact = FactChange("rows of one name with another uuid", 0, renewed)
                yield NoiseChange(nodes[0], "nb", table, (fact,))
