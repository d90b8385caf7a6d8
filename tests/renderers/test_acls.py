"""Whose an ACL is, in words."""

import pytest

from ovntrace.view.types import PolicyRef, RulePort
from renderers.acls import owner, owner_words

_WEB = RulePort(1, "TCP", "443")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (None, "owner unknown"),
        (PolicyRef("node", None, "n", None, None), "node n"),
        (PolicyRef("NetworkPolicy", "a", "b", "Ingress", 0), "NetworkPolicy a/b (Ingress rule 0)"),
        (
            PolicyRef("NetworkPolicy", "a", "b", "Ingress", 0, 2, "10.0.0.0/8", "TCP", (_WEB,)),
            "NetworkPolicy a/b (Ingress rule 0), from[2] ipBlock 10.0.0.0/8, ports[1] TCP 443",
        ),
        (
            PolicyRef("NetworkPolicy", "a", "b", "Egress", 1, 0, None, "SCTP", None),
            "NetworkPolicy a/b (Egress rule 1), to[0], SCTP",
        ),
        (
            PolicyRef("EgressFirewall", "a", "default", "Egress", 3, None, "8.8.8.8/32", None, ()),
            "EgressFirewall a/default (Egress rule 3), to 8.8.8.8/32",
        ),
        (
            PolicyRef("x", None, "y", "Ingress", 0, ports=(RulePort(0, None, "h"), _WEB)),
            "x y (Ingress rule 0), ports[0] h, ports[1] TCP 443",
        ),
    ],
)
def test_an_owner(policy: PolicyRef | None, words: str) -> None:
    assert owner(policy) == words
    assert ", ".join(owner_words(policy)) == words
