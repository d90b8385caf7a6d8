"""The logical ports of a database that a known CMS made, each with who it is."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from ovntrace.cms.known import identity_of, topology_of
from ovntrace.cms.types import PortIdentity
from ovntrace.model.northbound import LogicalSwitchPort, Northbound

Known = tuple[LogicalSwitchPort, PortIdentity]

_known: WeakKeyDictionary[Northbound, tuple[Known, ...]] = WeakKeyDictionary()


def known_ports(nb: Northbound) -> tuple[Known, ...]:
    """Ports of CMSs other than OVN-Kubernetes, in the table's order; none in a database of its."""
    found = _known.get(nb)
    if found is None:
        # One CMS has a database to itself, so OVN-Kubernetes' ports, of which there may be many
        # thousands, need not be looked at one by one.
        found = () if nb.pod_ports else tuple(_of(nb))
        _known[nb] = found
    return found


def _of(nb: Northbound) -> Iterator[Known]:
    for port in nb.switch_ports:
        identity = identity_of(port, None)
        if identity is not None:
            yield port, identity


def machines(nb: Northbound) -> Iterator[LogicalSwitchPort]:
    """Those that are a machine's or a pod's."""
    return (port for port, one in known_ports(nb) if one.is_machine and port.type != "remote")


def ports_called(nb: Northbound, word: str) -> Iterator[LogicalSwitchPort]:
    """Those that have a word of a person's as name, instance or namespace and pod."""
    return (port for port, one in known_ports(nb) if word in one.words)


def whole_identity(nb: Northbound | None, port: LogicalSwitchPort) -> PortIdentity | None:
    """Who a port is, with the name of its network."""
    return identity_of(port, nb.switch_of(port.uuid) if nb is not None else None)


def is_unused(port: LogicalSwitchPort) -> bool:
    """True for a port that its CMS has given to no machine, and to no node either."""
    identity = identity_of(port, None)
    is_asked_for = bool(port.options.get("requested-chassis"))
    return identity is not None and not is_asked_for and identity.is_free


def network_and_topology(nb: Northbound, port: LogicalSwitchPort) -> tuple[str, str] | None:
    """Network and topology of a CMS' port; None for one of OVN-Kubernetes, or of nobody known."""
    if identity_of(port, None) is None:
        return None
    switch = nb.switch_of(port.uuid)
    identity = identity_of(port, switch)
    if identity is None or switch is None:
        return None
    return identity.network or switch.name, topology_of(nb, switch)
