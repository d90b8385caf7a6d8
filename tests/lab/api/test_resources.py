"""What a path of the API asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.api.resources import ApiPath, derived, parse_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/pods", ApiPath("", "v1", resource="pods")),
        ("/api/v1/nodes/n", ApiPath("", "v1", resource="nodes", name="n")),
        ("/api/v1/namespaces", ApiPath("", "v1", resource="namespaces")),
        ("/api/v1/namespaces/a", ApiPath("", "v1", resource="namespaces", name="a")),
        ("/api/v1/namespaces/a/pods", ApiPath("", "v1", "a", "pods")),
        ("/api/v1/namespaces/a/pods/p/exec", ApiPath("", "v1", "a", "pods", "p", "exec")),
        ("/apis/g.io/v1beta1/things/x", ApiPath("g.io", "v1beta1", "", "things", "x")),
        ("/api/v1/namespaces/a%2Fb/pods", ApiPath("", "v1", "a/b", "pods")),
        ("/api/v1", ApiPath("", "v1")),
        ("/api/v1/namespaces/a/pods/p/exec/more", None),
        ("/metrics", None),
        ("/apis/g.io", None),
        ("/", None),
    ],
)
def test_paths(path: str, expected: ApiPath | None) -> None:
    assert parse_path(path) == expected


@given(st.text())
def test_any_path_is_read_or_is_none(path: str) -> None:
    found = parse_path(f"/api/v1/{path}")
    assert found is None or (found.group, found.version) == ("", "v1")


def test_unknown_resources_are_as_their_objects_say() -> None:
    item = {"apiVersion": "k8s.ovn.org/v1", "kind": "EgressIP", "metadata": {"name": "e"}}
    found = derived("egressips", [item])
    assert found is not None
    assert (found.group, found.version, found.kind, found.namespaced) == (
        "k8s.ovn.org",
        "v1",
        "EgressIP",
        False,
    )
    assert derived("egressips", []) is None
