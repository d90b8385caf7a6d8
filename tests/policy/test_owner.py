"""Whose an ACL is."""

from ovntrace.model.northbound import Acl
from ovntrace.policy.owner import AclOwner, acl_owner


def _acl(**ids: str) -> Acl:
    return Acl("u", None, "to-lport", 1001, 2, "ip4", "allow", {}, ids)


def _new(kind: str, name: str, controller: str = "x-network-controller", **ids: str) -> Acl:
    named = {
        "k8s.ovn.org/owner-type": kind,
        "k8s.ovn.org/name": name,
        "k8s.ovn.org/owner-controller": controller,
    }
    return _acl(**named, **ids)


def test_a_policy_of_a_secondary_network() -> None:
    acl = _new("NetworkPolicy", "ns:p", direction="Ingress", **{"gress-index": "2"})
    expected = AclOwner("MultiNetworkPolicy", "ns", "p", "Ingress", 2)
    assert acl_owner(acl, primary_network=False) == expected


def test_the_same_on_a_primary_network_is_a_networkpolicy() -> None:
    acl = _new("NetworkPolicy", "ns:p", direction="Egress", **{"gress-index": "0"})
    owner = acl_owner(acl, primary_network=True)
    assert owner is not None
    assert owner.kind == "NetworkPolicy"


def test_a_policy_of_the_default_network() -> None:
    acl = _new("NetworkPolicy", "ns:p", "default-network-controller", direction="Egress")
    assert acl_owner(acl, primary_network=False) == AclOwner(
        "NetworkPolicy", "ns", "p", "Egress", None
    )


def test_default_deny_belongs_to_no_one_policy() -> None:
    acl = _new("NetpolNamespace", "ns", direction="Ingress", type="defaultDeny")
    assert acl_owner(acl, primary_network=False) == AclOwner(
        "default-deny", "ns", "", "Ingress", None
    )


def test_egress_firewall() -> None:
    acl = _new("EgressFirewall", "ns", "default-network-controller", **{"rule-index": "3"})
    assert acl_owner(acl, primary_network=False) == AclOwner(
        "EgressFirewall", "ns", "default", "Egress", 3
    )


def test_a_type_that_is_not_known_yet_keeps_its_word() -> None:
    owner = acl_owner(_new("NetworkFunction", "x"), primary_network=False)
    assert owner is not None
    assert owner.kind == "NetworkFunction"


def test_before_2023_05() -> None:
    acl = _acl(policy="p", namespace="ns", policy_type="Ingress", Ingress_num="1")
    assert acl_owner(acl, primary_network=False) == AclOwner(
        "NetworkPolicy", "ns", "p", "Ingress", 1
    )
    deny = _acl(**{"default-deny-policy-type": "Egress"})
    owner = acl_owner(deny, primary_network=False)
    assert owner is not None
    assert (owner.kind, owner.direction) == ("default-deny", "Egress")


def test_nobodys() -> None:
    assert acl_owner(_acl(), primary_network=False) is None
