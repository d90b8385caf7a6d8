"""The switches of a snapshot: by name, by network, each once; and their zones' OVN."""

from collections.abc import Iterator
from difflib import get_close_matches

from ovntrace.cms.known import network_of as network_in_other_cms
from ovntrace.errors import WrongQuestionError
from ovntrace.match import NEWEST, Version, version_of
from ovntrace.model.northbound import LogicalSwitch, Northbound
from ovntrace.model.snapshot import Snapshot

_NETWORK = "k8s.ovn.org/network"
_ROLE = "k8s.ovn.org/role"
_DEFAULT = "default"
_BEFORE_TIERS = Version(23, 3)

OnNode = tuple[str, Northbound, LogicalSwitch]


def switches_of(
    snapshot: Snapshot, switch: str | None = None, network: str | None = None
) -> list[OnNode]:
    """Switches by node and name, narrowed to what has the name of `switch` or is of `network`.

    WrongQuestionError if none has, with what may have been meant.
    """
    every = sorted(_every(snapshot), key=lambda item: (item[0], item[2].name, item[2].uuid))
    of_network = [item for item in every if network in (None, network_of(item[2]))]
    chosen = [item for item in of_network if switch in (None, item[2].name)]
    if network is not None and not of_network:
        raise WrongQuestionError(
            f"no logical switch is of network {network}",
            candidates=_like(network, {network_of(item[2]) for item in every}),
        )
    if switch is not None and not chosen:
        where = "" if network is None else f" on network {network}"
        raise WrongQuestionError(
            f"no logical switch is named {switch}{where}",
            candidates=_like(switch, {item[2].name for item in of_network}),
        )
    return chosen


def network_of(switch: LogicalSwitch) -> str:
    """The switch's network; `default` if it names none, as those of the cluster's network."""
    return switch.external_ids.get(_NETWORK) or network_in_other_cms(switch) or _DEFAULT


def is_primary(switch: LogicalSwitch) -> bool:
    """True for a primary user-defined network: its policies are NetworkPolicies."""
    return switch.external_ids.get(_ROLE) == "primary"


def version_of_zone(nb: Northbound) -> Version:
    """The OVN of a zone, as its ovn-northd says; where it says nothing, by what ACLs have."""
    text = (nb.northd_version or "").partition("-")[0]
    try:
        return version_of(text)
    except ValueError:
        return NEWEST if nb.has_tiers else _BEFORE_TIERS


def _every(snapshot: Snapshot) -> Iterator[OnNode]:
    """The switches of each zone once: without interconnect all nodes have the same database."""
    seen: set[str] = set()
    for node in sorted(snapshot.nb):
        nb = snapshot.nb[node]
        for one in nb.switches:
            if one.uuid not in seen:
                seen.add(one.uuid)
                yield node, nb, one


def _like(wanted: str, names: set[str]) -> list[str]:
    return get_close_matches(wanted, sorted(names), n=4, cutoff=0.3) or sorted(names)[:4]
