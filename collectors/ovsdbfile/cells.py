"""The quick way to read the cells that there are most of; all others go the careful way.

Each function returned takes a value of a file and gives the cell. It looks whether the value is
what ovsdb-server writes, in order and of the right types, and then takes it as it is.
"""

from collections.abc import Callable
from typing import Any, Final

from collectors.ovsdbfile.column import UUID_LENGTH, Column

Reader = Callable[[Any], Any]

_LEAST: Final = -(1 << 63)
_MOST: Final = (1 << 63) - 1


def reader_of(column: Column) -> Reader:
    """The function for a column's cells; it raises BadRecordError."""
    if column.key == column.value == "string":
        return _of_texts(column)
    if column.is_map:
        return column.cell
    if column.key == "integer":
        return _of_integer(column)
    return _of_references(column) if column.key == "uuid" else column.cell


def _of_texts(column: Column) -> Reader:
    careful = column.cell

    def read(cell: Any) -> Any:
        if (
            type(cell) is not list
            or len(cell) != 2
            or cell[0] != "map"
            or type(cell[1]) is not list
        ):
            return careful(cell)
        previous = ""
        try:
            for pair in cell[1]:
                key, value = pair
                if not (previous < key and type(value) is str and type(pair) is list):
                    return careful(cell)
                previous = key
        except (TypeError, ValueError):
            return careful(cell)
        return cell

    return read


def _of_integer(column: Column) -> Reader:
    careful = column.cell

    def read(cell: Any) -> Any:
        return cell if type(cell) is int and _LEAST <= cell <= _MOST else careful(cell)

    return read


def _of_references(column: Column) -> Reader:
    careful = column.cell
    is_composite = column.is_composite

    def read(cell: Any) -> Any:
        if not is_composite or type(cell) is not list or len(cell) != 2 or cell[0] != "set":
            return careful(cell)
        atoms = cell[1]
        if type(atoms) is not list or len(atoms) < 2:
            return careful(cell)
        previous = ""
        try:
            for atom in atoms:
                kind, uuid = atom
                if not (
                    previous < uuid
                    and kind == "uuid"
                    and len(uuid) == UUID_LENGTH
                    and type(atom) is list
                ):
                    return careful(cell)
                previous = uuid
        except (TypeError, ValueError):
            return careful(cell)
        return cell

    return read
