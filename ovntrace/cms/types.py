"""What can be told of a row from what its CMS wrote into it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PortIdentity:
    """Who a logical switch port is in its CMS. None is "not known", or that the CMS has no such
    thing.

    `owner` is what uses the port (Neutron's device_owner), `instance` the machine's id, `device`
    the machine's name for its interface. `is_machine` is False for what the CMS itself needs: ports
    for DHCP and metadata, routers and nodes.
    """

    cms: str  # neutron | kube-ovn | incus | lxd
    name: str | None = None
    namespace: str | None = None
    pod: str | None = None
    instance: str | None = None
    device: str | None = None
    owner: str | None = None
    project: str | None = None
    network: str | None = None
    is_machine: bool = True

    @property
    def is_free(self) -> bool:
        """True if nobody uses the port. Only Neutron makes ports before somebody needs them."""
        return self.cms == "neutron" and self.instance is None

    @property
    def words(self) -> tuple[str, ...]:
        """What a person may call the port by, apart from the port's own name."""
        pod = f"{self.namespace}/{self.pod}" if self.pod else None
        return tuple(word for word in (self.name, self.instance, pod) if word)


@dataclass(frozen=True, slots=True)
class AclOwner:
    """The owner of an ACL. `rule` is an index into the owner's rules of that direction, `rule_id`
    the id that its CMS gives the rule."""

    kind: str
    namespace: str | None
    name: str
    direction: str | None  # Ingress | Egress
    rule: int | None
    rule_id: str | None = None


def side_of(direction: str) -> str | None:
    """Ingress or Egress, as a policy says it, for an ACL's direction."""
    return {"to-lport": "Ingress", "from-lport": "Egress"}.get(direction)
