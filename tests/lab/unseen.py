"""What differs where another way in than the Kubernetes API is asked about the lab: one table.

Nothing else may differ, and each row must be needed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.lab import example as ex
from tests.lab.keyed_differences import Difference

LOCAL, SSH, OVSDB, DUMP = "local", "ssh", "ovsdb", "dump"
_NODE = (LOCAL, SSH)
_ANY = (LOCAL, SSH, OVSDB)

_POLICIES = ("multi-networkpolicies", "networkpolicies")
_VMIS = ("virtualmachineinstances",)
_PODS = ("pods",)
_LINKS = ("node-links",)
_INSIDE = ("pod-links",)
_LOCALNET = re.escape(ex.NETWORK)


@dataclass(frozen=True, slots=True)
class Unseen:
    """What differs by these ways at paths that end as one of `where` does, in each way of `how`.

    `gaps` are the artefacts that can't be seen so: the answer must name them all. Of texts only
    what `but_for` finds may differ. `asked` is the pattern of the questions that it is about.
    """

    ways: tuple[str, ...]
    where: tuple[str, ...]
    how: tuple[str, ...]
    why: str
    gaps: tuple[str, ...] = ()
    but_for: str = ""
    asked: str = ""

    def allows(self, way: str, question: str, one: Difference) -> str | None:
        """The one of `where` by which this row allows a difference, None if it does not."""
        if way not in self.ways or one.how not in self.how or not re.search(self.asked, question):
            return None
        if self.but_for and not one.is_text_but_for(self.but_for):
            return None
        return next((where for where in self.where if one.is_at(where)), None)


_NAMED_BY_POLICIES = r"(?<=default deny of )[^;]+|, (?:to|from)\[\d+\]"
_GUESTS = f"^flow .*vm/.* {_LOCALNET}$"
_OUTWARDS = f"^(flow|trace) pod/[^ ]+ {re.escape(ex.INTERNET)} (--network )?{_LOCALNET}$"

TABLE = (
    # The objects of the Kubernetes API
    Unseen(_ANY, ("workload > phase",), ("lost",), "the pod's status", _PODS),
    Unseen(
        _ANY,
        ("attachments > [^>]+ > policies", "findings > OVT801", "outcome > troubles > [^>]*"),
        ("lost",),
        "whom policies select, and the warning that one of them allows nothing",
        _POLICIES,
    ),
    Unseen(_ANY, ("outcome > state",), ("other",), "without that warning", _POLICIES),
    Unseen(
        _ANY,
        ("policy > peer", "policy > cidr", "policy > ports"),
        ("lost",),
        "an ACL knows its rule, not the rule's peers",
        _POLICIES,
    ),
    Unseen(
        _ANY,
        ("policy > name",),
        ("other",),
        "a default deny is of a port group, not of policies",
        _POLICIES,
    ),
    Unseen(
        _ANY,
        ("reason",),
        ("other",),
        "the same two in a sentence",
        _POLICIES,
        but_for=_NAMED_BY_POLICIES,
    ),
    Unseen(
        _ANY,
        ("hops > guest-interface",),
        ("lost",),
        "what the guest agent says of its interface",
        _VMIS,
    ),
    Unseen(
        _ANY,
        ("verdict", "reason"),
        ("unknown", "other"),
        "the guest's address, which the answer asks for",
        _VMIS,
        asked=_GUESTS,
    ),
    Unseen(_ANY, ("deciding", "reply"), ("lost",), "so no verdict", _VMIS, asked=_GUESTS),
    Unseen(
        _ANY,
        ("attachments > [^>]+ > addresses", "workloads > [^>]+ > addresses"),
        ("part",),
        "a logical port has no prefix lengths",
        _PODS,
    ),
    Unseen(
        _ANY,
        (
            "reason",
            "steps > [^>]+ > decision",
            "steps > [^>]+ > kind",
            "steps > [^>]+ > rule",
        ),
        ("other",),
        "so that the pod has no route is not seen: the packet is judged in OVN",
        _PODS,
        asked=_OUTWARDS,
    ),
    Unseen(
        _ANY,
        ("deciding", "steps > [^>]+"),
        ("more",),
        "the steps there",
        _PODS,
        asked=_OUTWARDS,
    ),
    Unseen(
        _ANY,
        ("workloads > [^>]+ > interface",),
        ("lost",),
        "a second interface's name stands in the pod's annotation",
        _PODS,
    ),
    Unseen(
        _ANY,
        ("workloads > [^>]+ > lsp", "source > versions > ovn"),
        ("more",),
        "workloads are looked up in the northbound database, which the API spares `ls`",
    ),
    # How links are read
    Unseen(
        _NODE,
        (
            "hops > pod-interface > facts > info_kind",
            "hops > pod-interface > facts > state",
        ),
        ("more",),
        "the node's ip prints more than a pod's busybox",
    ),
    Unseen(
        _NODE,
        ("hops > pod-interface > evidence > row > artefact",),
        ("other",),
        "the same: JSON, text",
    ),
    # What no database has
    Unseen(
        (OVSDB,),
        (
            "hops > host-interface > facts > addresses",
            "hops > host-interface > facts > info_kind",
            "hops > host-interface > facts > link_netns",
            "hops > host-interface > facts > mac",
            "hops > host-interface > facts > peer_ifindex",
            "hops > host-interface > facts > state",
            "hops > host-interface > watch",
            "hops > uplink > facts > info_kind",
        ),
        ("lost",),
        "the node's links",
        _LINKS,
    ),
    Unseen(
        (OVSDB,),
        ("hops > host-interface > state", "attachments > [^>]+ > state"),
        ("unknown",),
        "the same",
        _LINKS,
    ),
    Unseen(
        (OVSDB,),
        (
            "hops > host-interface > evidence > row > artefact",
            "hops > host-interface > evidence > row > row",
        ),
        ("other",),
        "instead of the link its row in Open_vSwitch",
        _LINKS,
    ),
    Unseen(
        (OVSDB,),
        (
            "attachments > [^>]+ > interface",
            "hops > pod-interface > name",
            "hops > pod-interface > evidence > row",
            "hops > pod-interface > facts > ifindex",
            "hops > pod-interface > facts > info_kind",
            "hops > pod-interface > facts > master",
            "hops > pod-interface > facts > mtu",
            "hops > pod-interface > facts > peer_ifindex",
            "hops > pod-interface > facts > state",
            "hops > tap",
            "hops > k6t-bridge",
            "hops > dummy-interface",
        ),
        ("lost",),
        "the links in the pod",
        _INSIDE,
    ),
    Unseen(
        (OVSDB,),
        ("hops > pod-interface > watch",),
        ("lost",),
        "and the namespace that they are in",
        ("pod-links", "node-netns"),
    ),
    Unseen((OVSDB,), ("hops > pod-interface > state",), ("unknown",), "the same", _INSIDE),
    Unseen(
        (OVSDB,),
        ("hops > pod-interface > facts > addresses",),
        ("part", "lost"),
        "those that the logical port has are left",
        _INSIDE,
    ),
    Unseen(
        (OVSDB,),
        ("hops > pod-interface > facts > mac",),
        ("other",),
        "the port's, which a launcher's nic does not have",
        _INSIDE,
    ),
)

OF_SEVERAL = Unseen(
    (SSH, OVSDB),
    ("document > workloads",),
    ("order",),
    "a pod's attachments stand by the names of interfaces, else by those of NADs",
    _PODS,
    asked="^ls$",
)
"""What the lab does not show, whose pods have one second network each; a cluster's have three."""

UNNAMED_ORDER = Unseen(
    (OVSDB,),
    ("document > attachments",),
    ("order",),
    "interfaces without a name stand by their NADs",
    _PODS,
)
"""The same of one pod's."""


def without_gaps(value: Any) -> Any:
    """A document without its gaps, wherever they are in it: they are judged by themselves."""
    if isinstance(value, dict):
        return {key: without_gaps(cell) for key, cell in value.items() if key != "gaps"}
    if isinstance(value, list):
        return [without_gaps(item) for item in value]
    return value


def rows_of(way: str, question: str, one: Difference) -> dict[Unseen, str]:
    """The rows that allow a difference, each with the one of its `where`."""
    found = {row: row.allows(way, question, one) for row in TABLE}
    return {row: where for row, where in found.items() if where is not None}


def unneeded(way: str, found: Mapping[str, Sequence[Difference]]) -> list[str]:
    """What of the table no difference of this way, by question, is for."""
    used = [
        (row, where, one.how)
        for question, ones in found.items()
        for one in ones
        for row, where in rows_of(way, question, one).items()
    ]
    return [
        f"{row.why}: {part}"
        for row in TABLE
        if way in row.ways
        for part in _left((*row.where, *row.how), (w for r, *ws in used if r is row for w in ws))
    ]


def _left(needed: Iterable[str], used: Iterable[str]) -> set[str]:
    return set(needed) - set(used)
