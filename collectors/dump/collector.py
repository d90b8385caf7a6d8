"""Dump: the collector that reads files instead of running commands."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from collectors.artifacts import Artefact, Where
from collectors.dump.manifest import Manifest
from collectors.dump.opening import open_dump
from collectors.dump.reader import NAMELESS, Reader
from collectors.dump.readers.own import OwnReader
from ovntrace.model.capture import Capture, Missing, Reason, Target


class Dump:
    """One dump or several that fill each other's gaps, each of any layout that a reader knows.

    Of a database or of links the first that has it is taken; objects of the API are those of all.
    Raises WrongQuestionError or NoAnswerError if one of `paths` is not such a thing.
    """

    kind = "dump"

    def __init__(self, paths: str | Path | Sequence[str | Path]) -> None:
        given = [paths] if isinstance(paths, str | Path) else list(paths)
        self.place = ", ".join(str(path) for path in given)
        opened = [open_dump(Path(path)) for path in given]
        self._cut = next((one.cut for one in opened if one.cut), "")
        ranked = sorted(
            (found for one in opened for found in one.readers), key=lambda found: found[0]
        )
        self.readers: tuple[Reader, ...] = tuple(reader for _, reader in ranked)
        nodes = {node for reader in self.readers for node in reader.nodes}
        named = nodes - {NAMELESS}
        self._nodes = tuple(sorted(named or nodes))
        # What names no node is that of the only one that is named.
        self._heir = next(iter(named)) if len(named) == 1 and named != nodes else None

    @property
    def manifest(self) -> Manifest:
        """What the first dump of our own says of itself; empty if there is none."""
        own = (reader.manifest for reader in self.readers if isinstance(reader, OwnReader))
        return next(own, Manifest())

    @property
    def cut(self) -> str:
        """Why not everything could be read, or empty."""
        return self._cut

    @property
    def is_partial(self) -> bool:
        """True if a reader has objects of some namespaces only: then ports tell of more pods."""
        return any(getattr(reader, "is_partial", False) for reader in self.readers)

    def can_run(self) -> str | None:
        """It can: what can't be read was said when it was opened."""
        return None

    def nodes(self) -> tuple[str, ...]:
        """The nodes of which the dump has something."""
        return self._nodes

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        """What the readers have of it. `taken_at` only if a file says it: the time of a file is
        the time of a copy."""
        del timeout_s  # files do not wait
        found = self._found(target, artefact)
        if isinstance(found, Missing) and target.node and target.node == self._heir:
            nameless = self._found(replace(target, node=NAMELESS), artefact)
            if isinstance(nameless, Capture):
                return replace(nameless, target=target)
        return found

    def _found(self, target: Target, artefact: Artefact) -> Capture | Missing:
        captures: list[Capture] = []
        missing: list[Missing] = []
        for reader in self.readers:
            found = reader.find(target, artefact)
            if isinstance(found, Missing):
                missing.append(found)
            elif found is not None:
                captures.append(found)
                if artefact.where is not Where.API:
                    break
        if captures:
            found = captures[0] if len(captures) == 1 else _together(captures)
            unread = [one.detail for one in missing if one.reason.changes_exit_code]
            if unread and artefact.where is Where.API:
                found = replace(found, stderr="\n".join((*unread, found.stderr)))
            return found
        return self._absent(target, artefact, missing)

    def close(self) -> None:
        """Nothing is held open."""

    def _absent(self, target: Target, artefact: Artefact, missing: Sequence[Missing]) -> Missing:
        telling = next((one for one in missing if one.reason.changes_exit_code), None)
        if telling is not None:
            return telling
        absent = next(iter(missing), None) or Missing(
            target, artefact.name, Reason.ABSENT, f"the dump has no {artefact.name} of it"
        )
        if not self._cut:
            return absent
        detail = f"not in what could be read of the dump: {self._cut}"
        return replace(absent, reason=Reason.TRUNCATED, detail=detail)


def _together(captures: Sequence[Capture]) -> Capture:
    """The objects of all lists; of one that stands in several, the first."""
    items: dict[Any, Any] = {}
    for at, capture in enumerate(captures):
        for number, item in enumerate(_items(capture.data)):
            items.setdefault(_identity(item) or (at, number), item)
    document = {"apiVersion": "v1", "kind": "List", "items": list(items.values())}
    origin = ", ".join(dict.fromkeys(capture.origin for capture in captures))
    times = [capture.taken_at for capture in captures if capture.taken_at is not None]
    return Capture(
        captures[0].target,
        captures[0].artefact,
        json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        origin,
        min(times, default=None),
        stderr="".join(capture.stderr for capture in captures),
    )


def _items(data: bytes) -> Iterable[Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return ()
    items = document.get("items") if isinstance(document, dict) else document
    return items if isinstance(items, list) else ()


def _identity(item: object) -> tuple[str, str] | None:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        return None
    return str(metadata.get("namespace") or ""), metadata["name"]
