"""YAML of Kubernetes objects as plain values, from a stranger's file.

Only what JSON has: no tags, no aliases (with them a few lines can stand for gigabytes), no depth
that a program would break on. libyaml's events are read where PyYAML has it.
"""

import re
from typing import Any

_MAX_DEPTH = 200
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
# Digits alone are none: `08` is text, as for PyYAML, which writes it without quotes.
_FLOAT = re.compile(r"[-+]?(([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)")
_WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}


class YamlRefusedError(Exception):
    """Not YAML, or more than is read; the message says where."""


def load_yaml(data: bytes) -> list[Any]:
    """The documents of a file. Raises YamlRefusedError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reading = _Reading(yaml)
    try:
        for event in yaml.parse(data.decode("utf-8"), Loader=loader):
            reading.take(event)
    except yaml.YAMLError as error:
        raise YamlRefusedError(_said(error)) from error
    except (UnicodeDecodeError, ValueError, RecursionError, MemoryError) as error:
        raise YamlRefusedError(f"not YAML: {type(error).__name__}") from error
    return reading.documents


def _said(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "damaged"
    where = f" at line {mark.line + 1}" if mark is not None else ""
    return f"not YAML: {problem}{where}"


class _Reading:
    """Events become values; what is open stands on a stack, so that no depth can break it."""

    def __init__(self, yaml: Any) -> None:
        self.documents: list[Any] = []
        self._yaml = yaml
        self._open: list[Any] = []
        self._keys: list[Any] = []  # for each open mapping the key that waits, else _NO_KEY

    def take(self, event: Any) -> None:
        yaml = self._yaml
        if isinstance(event, yaml.ScalarEvent):
            self._put(_value(event))
        elif isinstance(event, yaml.MappingStartEvent):
            self._start({})
        elif isinstance(event, yaml.SequenceStartEvent):
            self._start([])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1
            raise YamlRefusedError(f"it has an alias at line {line}: those are not read")

    def _start(self, value: Any) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise YamlRefusedError("it is nested deeper than is read")
        if isinstance(value, dict) and self._waits_for_key():
            raise YamlRefusedError("a key of it is no word")
        self._put(value)
        self._open.append(value)
        self._keys.append(_NO_KEY)

    def _waits_for_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], dict) and self._keys[-1] is _NO_KEY

    def _put(self, value: Any) -> None:
        if not self._open:
            self.documents.append(value)
        elif isinstance(self._open[-1], list):
            self._open[-1].append(value)
        elif self._keys[-1] is _NO_KEY:
            if isinstance(value, dict | list):
                raise YamlRefusedError("a key of it is no word")
            self._keys[-1] = _key(value)
        else:
            self._open[-1][self._keys[-1]] = value
            self._keys[-1] = _NO_KEY


_NO_KEY = object()


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    return {None: "null", True: "true", False: "false"}.get(value, str(value))


def _value(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text  # quoted
    if text in _WORDS:
        return _WORDS[text]
    if len(text) < 20 and _INT.fullmatch(text):
        return int(text)
    if len(text) < 40 and _FLOAT.fullmatch(text):
        return float(text)
    return text
