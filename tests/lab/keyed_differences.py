"""What differs between two answers, by names instead of places: a hop that one of them does not
have moves none of the others."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NOTHING: tuple[Any, ...] = (None, [], {}, "", "?")
# How to run a command again: which container had the tool is in no file, and in none of the facts.
_LEFT_OUT = ("command",)
_NAMES = (("namespace", "name", "nad"), ("lsp", "nad"), ("uuid",), ("id",))
_BETWEEN = " > "


@dataclass(frozen=True, slots=True)
class Difference:
    """One value. What is not there is None: our JSON says so itself where it does not know."""

    path: str
    live: Any
    kept: Any
    moved: bool = False

    @property
    def how(self) -> str:
        """`lost`: not known from the dump; `more`: from there only; `part`: some of the addresses,
        or without their prefix lengths; `unknown`: a state that can't be judged there; `order`: the
        same in another order; `other`: two that contradict."""
        if self.moved:
            return "order"
        if self.kept in _NOTHING:
            return "lost"
        if self.live in _NOTHING:
            return "more"
        if self.kept == "unknown":
            return "unknown"
        both = isinstance(self.live, list) and isinstance(self.kept, list)
        return (
            "part" if both and set(map(_bare, self.kept)) <= set(map(_bare, self.live)) else "other"
        )

    def is_at(self, where: str) -> bool:
        """True if its path ends as this pattern says."""
        return re.search(f"(?:^|{_BETWEEN}){where}$", self.path) is not None

    def is_text_but_for(self, pattern: str) -> bool:
        """True if both are texts, and equal without what the pattern finds."""
        return (
            isinstance(self.live, str)
            and isinstance(self.kept, str)
            and re.sub(pattern, "", self.live) == re.sub(pattern, "", self.kept)
        )

    def __str__(self) -> str:
        return f"{self.how} {self.path}: {self.live!s:.80} -> {self.kept!s:.80}"


def _bare(address: Any) -> str:
    return str(address).partition("/")[0]


def differences(live: Any, kept: Any, path: str = "") -> Iterator[Difference]:
    """All of them, leaf by leaf where both have a branch. Of what both have, the order counts."""
    if isinstance(live, dict) and isinstance(kept, dict):
        for key in live | kept:
            if key not in _LEFT_OUT:
                below = f"{path}{_BETWEEN}{key}" if path else key
                yield from differences(live.get(key), kept.get(key), below)
        yield from _moved(list(live), list(kept), path)
    elif isinstance(live, list) and isinstance(kept, list) and _are_records(live + kept):
        yield from differences(_keyed(live, kept), _keyed(kept, live), path)
    elif live != kept:
        yield Difference(path, live, kept)


def _moved(live: Sequence[str], kept: Sequence[str], path: str) -> Iterator[Difference]:
    both = set(live) & set(kept)
    one, other = ([name for name in names if name in both] for names in (live, kept))
    if one != other:
        yield Difference(path, one, other, moved=True)


def _are_records(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, dict) for item in items)


def _keyed(items: list[Any], others: list[Any]) -> Mapping[str, Any]:
    """By what names them; where several have one name, by their place among those."""
    seen: Counter[str] = Counter()
    found = {}
    for item in items:
        name = _name(item, items, others)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} #{seen[name]}"] = item
    return found


def _name(item: Mapping[str, Any], items: list[Any], others: list[Any]) -> str:
    if "facts" in item:  # a hop: by its kind where one is enough, since its name may be lost
        counts = [sum(one["kind"] == item["kind"] for one in hops) for hops in (items, others)]
        return str(item["kind"]) if max(counts) == 1 else f"{item['kind']} {item['name']}"
    for keys in _NAMES:
        if all(item.get(key) for key in keys):
            return " ".join(str(item[key]) for key in keys)
    return str(item.get("name", "row"))
