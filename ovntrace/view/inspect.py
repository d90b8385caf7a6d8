"""What a dump holds, and which questions it can answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ovntrace.model.capture import Target

# What an answer is made of: with none of the first it can't be given, without one of the others it
# has gaps. `nb|pods`: one of them is enough.
_NEEDS: Mapping[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("explain", "pod"): (
        ("nb|pods",),
        (
            *("pods", "network-attachment-definitions", "nb", "sb", "ovs", "node-links"),
            *("pod-links", "multi-networkpolicies", "networkpolicies"),
        ),
    ),
    ("explain", "vm"): (
        ("nb|virtualmachineinstances|pods",),
        (
            *("virtualmachineinstances", "pods", "network-attachment-definitions", "nb", "sb"),
            *("ovs", "node-links", "pod-links", "multi-networkpolicies", "networkpolicies"),
        ),
    ),
    ("trace", "pod"): (("nb",), ("pods", "network-attachment-definitions")),
    ("trace", "vm"): (("nb",), ("virtualmachineinstances", "pods")),
    ("lint", "all"): (("nb",), ("multi-networkpolicies", "networkpolicies")),
    ("policy", "pod"): (("nb",), ("pods", "multi-networkpolicies", "networkpolicies")),
    ("policy", "vm"): (
        ("nb",),
        ("virtualmachineinstances", "pods", "multi-networkpolicies", "networkpolicies"),
    ),
}
_OF_NODE = ("nb", "sb", "ovs", "node-links")
_OF_CLUSTER = (
    *("nodes", "namespaces", "pods", "virtualmachines", "virtualmachineinstances"),
    *("network-attachment-definitions", "multi-networkpolicies", "networkpolicies"),
)
_MOST_PATHS = 5


@dataclass(frozen=True, slots=True)
class DumpPart:
    """An artefact as it stands in a dump: `reader` knows it, `files` are how many there are,
    `paths` the first of them, `size` is in bytes as they stand there. `whole` is False for a
    database of which some rows may be elsewhere."""

    target: Target
    artefact: str
    reader: str
    paths: tuple[str, ...]
    files: int
    size: int | None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class DumpPlace:
    """The cluster, a node or a pod: what is there, and what answers could use beside it."""

    kind: str  # cluster | node | pod
    name: str
    parts: tuple[DumpPart, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A command and a kind of workload. `answer` is yes, partly or no; `nodes` are those of whose
    workloads it can be asked; `lacks` names what is missing, with the nodes that miss it."""

    command: str
    workload: str
    answer: str
    nodes: tuple[str, ...]
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InspectView:
    """The answer of `dump --inspect`. `cut` says why not everything could be read, or is empty;
    `partial` is true if objects of some namespaces only were collected."""

    place: str
    readers: tuple[str, ...]
    nodes: tuple[str, ...]
    places: tuple[DumpPlace, ...]
    questions: tuple[Question, ...]
    partial: bool
    cut: str


def inspected(
    parts: Iterable[DumpPart],
    *,
    place: str,
    readers: Sequence[str],
    nodes: Sequence[str],
    partial: bool,
    cut: str,
) -> InspectView:
    """The view of what readers found."""
    by_place: dict[tuple[str, str], list[DumpPart]] = {("cluster", "cluster"): []}
    by_place |= {("node", node): [] for node in nodes}
    for part in parts:
        target = part.target
        kind = "pod" if target.pod else "node" if target.node else "cluster"
        by_place.setdefault((kind, str(target)), []).append(part)
    order = {"cluster": 0, "node": 1, "pod": 2}
    places = [
        DumpPlace(kind, name, tuple(found), _missing(kind, found))
        for (kind, name), found in sorted(
            by_place.items(), key=lambda item: (order[item[0][0]], item[0][1])
        )
    ]
    have = {
        place.name: {_word(part.artefact, whole=part.whole) for part in place.parts}
        for place in places
    }
    return InspectView(
        place=place,
        readers=tuple(dict.fromkeys(readers)),
        nodes=tuple(nodes),
        places=tuple(places),
        questions=tuple(_question(command, workload, have, nodes) for command, workload in _NEEDS),
        partial=partial,
        cut=cut,
    )


def shown_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """The first few of many."""
    return tuple(paths[:_MOST_PATHS])


def _word(artefact: str, *, whole: bool) -> str:
    return artefact if whole else f"{artefact} in part"


def _missing(kind: str, parts: Sequence[DumpPart]) -> tuple[str, ...]:
    wanted = {"cluster": _OF_CLUSTER, "node": _OF_NODE}.get(kind, ())
    have = {part.artefact for part in parts}
    return tuple(name for name in wanted if name not in have)


def _ways(command: str, needed: str) -> set[str]:
    """What will do. To explain a workload a part of a database is better than nothing; a verdict
    needs all of it."""
    ways = needed.split("|")
    if command == "explain":
        ways += [_word(one, whole=False) for one in ways]
    return set(ways)


def _question(
    command: str, workload: str, have: Mapping[str, set[str]], nodes: Sequence[str]
) -> Question:
    needed, useful = _NEEDS[command, workload]
    cluster = have["cluster"]
    everywhere = cluster | {"pod-links" for found in have.values() if "pod-links" in found}
    able = tuple(
        node
        for node in nodes
        if all(_ways(command, one) & (everywhere | have[node]) for one in needed)
    )
    lacks = []
    for one in useful:
        without = [node for node in able if one not in everywhere | have[node]]
        part = _word(one, whole=False)
        word = f"parts of {one}" if any(part in have[node] for node in without) else one
        if without and one in _OF_NODE and len(without) < len(able):
            lacks.append(f"{word} of {', '.join(without)}")
        elif without:
            lacks.append(word)
    answer = "no" if not able else "partly" if lacks or len(able) < len(nodes) else "yes"
    if not able:
        lacks = [one.replace("|", " or ") for one in needed]
    return Question(command, workload, answer, able, tuple(lacks))
