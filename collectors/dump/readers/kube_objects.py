"""Kubernetes objects in files, as `oc adm inspect` and must-gathers leave them: one by one or as
lists, as YAML or JSON. Which folder a group has varies with the release; the last folders tell.

    cluster-scoped-resources/<group>/<plural>/<name>.yaml, …/<plural>.yaml
    namespaces/<ns>/<group>/<plural>.yaml, …/<plural>/<name>.yaml, …/pods/<pod>/<pod>.yaml
    namespaces/<ns>/kubevirt.io/virtualmachines/custom/<name>.yaml, …/template-based/<name>.yaml
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from collectors.artifacts import ARTEFACTS, Artefact, Where
from collectors.dump.files import Files, UnreadableFileError
from collectors.dump.reader import Part
from collectors.dump.yaml_json import YamlRefusedError, load_yaml
from ovntrace.model.capture import Capture, Missing, Reason, Target

_SUFFIXES = (".yaml", ".yml", ".json")
_SCOPES = ("namespaces", "cluster-scoped-resources")
_LISTS = {a.resource.rpartition("/")[2]: a for a in ARTEFACTS if a.where is Where.API}


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    namespace: str  # empty where the path does not tell
    name: str  # empty for a list


class KubeObjects:
    """The objects below every `namespaces` and `cluster-scoped-resources` of the files."""

    def __init__(self, files: Files, *, below: tuple[str, ...] = ()) -> None:
        self._files = files
        self._found: dict[str, list[_Found]] = {}
        for parts in files.paths():
            if parts[: len(below)] == below:
                self._index(parts)
        for found in self._found.values():
            found.sort(key=lambda one: (bool(one.name), one.path))  # lists first

    def __bool__(self) -> bool:
        return bool(self._found)

    def has(self, plural: str) -> bool:
        """True if there is a file of that kind."""
        return plural in self._found

    def names(self, plural: str) -> tuple[str, ...]:
        """Names of the objects of a kind, without reading files that have only one."""
        names = {one.name for one in self._found.get(plural, ()) if one.name}
        names |= {
            str(item["metadata"].get("name"))
            for one in self._found.get(plural, ())
            if not one.name
            for item in self._items_of(one, plural, [])
        }
        return tuple(sorted(names))

    def items(self, plural: str, namespace: str = "") -> tuple[list[dict[str, Any]], list[str]]:
        """The objects of a kind, each once, and what could not be read of them."""
        kept: dict[tuple[str, str], dict[str, Any]] = {}
        troubles: list[str] = []
        for one in self._found.get(plural, ()):
            if namespace and one.namespace not in ("", namespace):
                continue
            if one.name and (one.namespace, one.name) in kept:
                continue  # it stood in a list
            for item in self._items_of(one, plural, troubles):
                metadata = item["metadata"]
                place = str(metadata.get("namespace") or ""), str(metadata.get("name"))
                if not namespace or place[0] == namespace:
                    kept.setdefault(place, item)
        return list(kept.values()), troubles

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The list of a kind."""
        plural = artefact.resource.rpartition("/")[2]
        if artefact.where is not Where.API or plural not in self._found:
            return None
        items, troubles = self.items(plural, target.namespace)
        origin = self.origin(plural)
        if troubles and not items:
            said = f"{troubles[0]}{_more(len(troubles) - 1)}"
            return Missing(target, artefact.name, Reason.UNPARSABLE, said, "", origin)
        document = {"apiVersion": "v1", "kind": "List", "items": items}
        data = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
        # What could not be read of a list makes it no less worth: it is said beside it.
        stderr = "".join(f"{trouble}\n" for trouble in troubles)
        return Capture(target, artefact.name, data, origin, stderr=stderr)

    def origin(self, plural: str) -> str:
        """The file, or how many there are."""
        found = self._found[plural]
        return f"{found[0].path}{_more(len(found) - 1)}"

    def parts(self) -> Iterable[Part]:
        """A part for each kind."""
        for plural, found in self._found.items():
            if plural in _LISTS:
                paths = tuple(one.path for one in found)
                sizes = [self._files.size(path) or 0 for path in paths]
                yield Part(Target(), _LISTS[plural].name, paths, sum(sizes))

    def _index(self, parts: tuple[str, ...]) -> None:
        stem = _stem(parts[-1])
        if stem is None:
            return
        scope = next((at for at, part in enumerate(parts[:-1]) if part in _SCOPES), None)
        if scope is None:
            return
        inner = parts[scope + 1 : -1]
        namespace = inner[0] if parts[scope] == "namespaces" and inner else ""
        path = "/".join(parts)
        if parts[scope] == "namespaces" and len(inner) == 1 and inner[0] == stem:
            self._add("namespaces", _Found(path, "", stem))
        elif len(inner) >= 3 and inner[-1] == stem and inner[-2] == "pods":
            self._add("pods", _Found(path, namespace, stem))
        elif inner and inner[-1] in _KINDS and len(inner) > 1:
            self._add(inner[-1], _Found(path, namespace, stem))
        elif inner[-2:-1] == ("virtualmachines",) and inner[-1] in _BELOW:
            self._add("virtualmachines", _Found(path, namespace, stem))
        elif stem in _KINDS and inner:
            self._add(stem, _Found(path, namespace, ""))

    def _add(self, plural: str, found: _Found) -> None:
        self._found.setdefault(plural, []).append(found)

    def _items_of(self, one: _Found, plural: str, troubles: list[str]) -> Iterator[dict[str, Any]]:
        try:
            data = self._files.read(one.path)
            documents = [] if data is None else _documents(one.path, data)
        except (UnreadableFileError, YamlRefusedError) as error:
            said = str(error)
            troubles.append(said if one.path in said else f"{one.path}: {said}")
            return
        for document in documents:
            yield from _of_kind(document, plural)


# Beside the API lists that are asked for, what readers themselves look into.
_KINDS = frozenset((*_LISTS, "nodenetworkstates", "nodenetworkconfigurationpolicies"))
# KubeVirt's must-gather puts VMs of templates and others into folders of their own.
_BELOW = ("custom", "template-based")
_GROUPS = {plural: _LISTS[plural].resource for plural in _LISTS}


def _stem(name: str) -> str | None:
    plain = name.removesuffix(".gz")
    suffix = next((s for s in _SUFFIXES if plain.endswith(s)), None)
    return None if suffix is None else plain[: -len(suffix)]


def _documents(path: str, data: bytes) -> list[Any]:
    if path.removesuffix(".gz").endswith(".json"):
        try:
            return [json.loads(data)]
        except (ValueError, RecursionError) as error:
            raise YamlRefusedError(f"not JSON: {type(error).__name__}") from error
    return load_yaml(data)


def _of_kind(document: Any, plural: str) -> Iterator[dict[str, Any]]:
    """The objects of a document that are of the kind that its place says."""
    if not isinstance(document, dict):
        return
    items = document.get("items")
    for item in items if isinstance(items, list) else (document,):
        if not isinstance(item, dict) or not isinstance(item.get("metadata"), dict):
            continue
        name = item["metadata"].get("name")
        if isinstance(name, str) and name and _fits(item, plural):
            yield item


def _fits(item: dict[str, Any], plural: str) -> bool:
    kind, version = item.get("kind"), item.get("apiVersion")
    if kind is None:
        return True  # of a typed list, whose items say nothing
    singular = plural.replace("-", "")
    singular = f"{singular[:-3]}y" if singular.endswith("ies") else singular[:-1]
    if str(kind).lower() != singular:
        return False
    group = str(version).rpartition("/")[0]
    resource = _GROUPS.get(plural, "")
    return not resource or group == (resource.split("/")[2] if "/apis/" in resource else "")


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""
