"""The folder of Lists (PLURAL.json) that is served, read again whenever a file has changed."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.api.resources import KNOWN, Resource, derived

Object = dict[str, Any]


@dataclass(slots=True)
class _File:
    seen: tuple[int, int, int]
    items: list[Object]


@dataclass(slots=True)
class Store:
    """All objects of a folder. `revision` grows when a file was read anew."""

    folder: Path
    revision: int = 1000
    _files: dict[str, _File] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def resources(self) -> list[Resource]:
        """Builtin resources, and those others of which the folder has a List."""
        there = {path.stem for path in self.folder.glob("*.json")}
        known = [res for plural, res in KNOWN.items() if res.builtin or plural in there]
        others = (derived(plural, self._items(plural)) for plural in sorted(there - KNOWN.keys()))
        return [*known, *(resource for resource in others if resource is not None)]

    def resource(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource at that place of the API, None where this server has none there."""
        for resource in self.resources():
            if (resource.group, resource.version, resource.plural) == (group, version, plural):
                return resource
        return None

    def objects(self, resource: Resource, namespace: str = "") -> list[Object]:
        """Its objects in the order of their keys, as etcd gives them."""
        items = self._items(resource.plural)
        return [item for item in items if not namespace or key_of(item)[0] == namespace]

    def find(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """One object."""
        wanted = (namespace if resource.namespaced else "", name)
        return next((o for o in self._items(resource.plural) if key_of(o) == wanted), None)

    def pod(self, namespace: str, name: str) -> Object | None:
        """One pod."""
        return self.find(KNOWN["pods"], namespace, name)

    def _items(self, plural: str) -> list[Object]:
        path = self.folder / f"{plural}.json"
        with self._lock:
            try:
                stat = path.stat()
            except FileNotFoundError:
                self._files.pop(plural, None)
                return []
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            file = self._files.get(plural)
            if file is None or file.seen != seen:
                items = sorted(json.loads(path.read_bytes())["items"], key=key_of)
                file = self._files[plural] = _File(seen, items)
                self.revision += 1
            return file.items


def key_of(item: Object) -> tuple[str, str]:
    """Namespace ("" for a cluster's object) and name."""
    metadata = item["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
