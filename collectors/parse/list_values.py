"""A value as the database tools print it in text, read into the cell of the JSON form.

`ovsdb_datum_to_string`'s notation: strings are quoted as in JSON when they are not plain words,
sets are `[a, b]`, maps `{k=v, "k.x"=v}`, a scalar and an optional value stand alone. A value of
`--data=json` is read too: no value of the other notation begins like it.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Read: TypeAlias = tuple[Any, str | None]
"""A cell, and what is wrong with it: None and a reason where it could not be read."""

_QUOTED: Final = r'"(?:[^"\\]++|\\.)*+"'
_WORD: Final = r'[^\s,\[\]{}="]++'
_ATOM = re.compile(rf"\s*+({_QUOTED}|{_WORD})\s*+", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.I)
_INTEGER = re.compile(r"-?[0-9]{1,20}\Z")
_REAL = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?(e[-+]?[0-9]{1,4})?\Z", re.I)
_STRINGS = json.JSONDecoder(strict=False)
_JSON = ('["uuid",', '["set",[', '["map",[')


def read_value(text: str, kind: str | None) -> Read:
    """The cell of `text` in a column of `kind` (see column_types.kinds); without one the notation
    decides: what looks like a uuid, a number or a boolean and is not quoted is one."""
    text = text.strip()
    if text.startswith(_JSON):
        return _of_json(text)
    key, item = (kind[:1], kind[1:]) if kind else ("", "")
    if text.startswith("{"):
        return _map(text, key, item)
    if text.startswith("["):
        return _set(text, key)
    atom = _ATOM.match(text)
    if atom is None or atom.end() != len(text):
        return None, "no value" if not text else "not one value"
    return _atom(atom[1], key)


def _of_json(text: str) -> Read:
    try:
        return json.loads(text), None
    except (ValueError, RecursionError):
        return None, "not JSON"


def _set(text: str, kind: str) -> Read:
    items: list[Any] = []
    at = 1
    while not _ends(text, at, "]"):
        item, at, trouble = _next(text, at, kind)
        if trouble:
            return None, trouble
        items.append(item)
        if text[at : at + 1] == ",":
            at += 1
        elif not _ends(text, at, "]"):
            return None, "the set is cut" if at >= len(text) else "not a set"
    return (items[0] if len(items) == 1 else ["set", items]), None


def _map(text: str, key_kind: str, kind: str) -> Read:
    pairs: list[list[Any]] = []
    at = 1
    while not _ends(text, at, "}"):
        key, at, trouble = _next(text, at, key_kind)
        if trouble is None and text[at : at + 1] != "=":
            trouble = "the map is cut" if at >= len(text) else "not a map"
        if trouble:
            return None, trouble
        value, at, trouble = _next(text, at + 1, kind)
        if trouble:
            return None, trouble
        pairs.append([key, value])
        if text[at : at + 1] == ",":
            at += 1
        elif not _ends(text, at, "}"):
            return None, "the map is cut" if at >= len(text) else "not a map"
    return ["map", pairs], None


def _ends(text: str, at: int, bracket: str) -> bool:
    """Is this the last character, and the bracket?"""
    return at == len(text) - 1 and text[at] == bracket


def _next(text: str, at: int, kind: str) -> tuple[Any, int, str | None]:
    atom = _ATOM.match(text, at)
    if atom is None:
        return None, at, "the value is cut" if at >= len(text) else "not a value"
    cell, trouble = _atom(atom[1], kind)
    return cell, atom.end(), trouble


def _atom(token: str, kind: str) -> Read:
    if token.startswith('"'):
        if "\\" not in token:
            return token[1:-1], None
        try:
            return _STRINGS.decode(token), None
        except ValueError:
            return None, "not a string"
    return _READERS.get(kind, _by_notation)(token)


def _string(token: str) -> Read:
    return token, None


def _uuid(token: str) -> Read:
    return (["uuid", token], None) if _UUID.match(token) else (None, "not a uuid")


def _integer(token: str) -> Read:
    return (int(token), None) if _INTEGER.match(token) else (None, "not a number")


def _real(token: str) -> Read:
    if _INTEGER.match(token):
        return int(token), None
    return (float(token), None) if _REAL.match(token) else (None, "not a number")


def _boolean(token: str) -> Read:
    return (token == "true", None) if token in ("true", "false") else (None, "not a boolean")


def _by_notation(token: str) -> Read:
    for read in (_uuid, _real, _boolean):
        cell, trouble = read(token)
        if trouble is None:
            return cell, None
    return token, None


_READERS: Final[Mapping[str, Callable[[str], Read]]] = {
    "s": _string,
    "u": _uuid,
    "i": _integer,
    "r": _real,
    "b": _boolean,
}
