"""Users, and what the roles of a manifest grant them."""

from pathlib import Path

import pytest

from tests.lab.api import rbac
from tests.lab.api.rbac import Ask
from tests.lab.api.status import ApiError

ROLES = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: tool, namespace: tools}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods, nodes], verbs: [get, list]}
- {apiGroups: [k8s.cni.cncf.io], resources: ["*"], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: executor, namespace: ovn}
rules:
- {apiGroups: [""], resources: [pods/exec], verbs: [get, create]}
- {apiGroups: [""], resources: [events], verbs: ["*"], resourceNames: [one]}
---
"""

BINDINGS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: demo}
roleRef: {kind: ClusterRole, name: reader, apiGroup: rbac.authorization.k8s.io}
"""


def manifest(tmp_path: Path, text: str) -> rbac.User:
    file = tmp_path / "rbac.yaml"
    file.write_text(text)
    return rbac.user_of_manifest(file)


@pytest.mark.parametrize(
    ("ask", "granted"),
    [
        (Ask("list", "", "pods"), True),
        (Ask("get", "", "nodes", name="n"), True),
        (Ask("delete", "", "pods", "demo"), False),
        (Ask("list", "", "secrets"), False),
        (Ask("get", "", "pods/log", "demo", "p"), False),
        (Ask("list", "k8s.cni.cncf.io", "multi-networkpolicies"), True),
        (Ask("list", "apps", "pods"), False),
        (Ask("get", "", "pods/exec", "ovn", "p"), True),
        (Ask("get", "", "pods/exec", "demo", "p"), False),
        (Ask("get", "", "events", "ovn", "one"), True),
        (Ask("get", "", "events", "ovn", "two"), False),
    ],
)
def test_roles_without_bindings_hold_where_they_are(
    tmp_path: Path, ask: Ask, granted: bool
) -> None:
    user = manifest(tmp_path, ROLES)
    assert user.name == "system:serviceaccount:tools:tool"
    assert user.may(ask) is granted


def test_bindings_say_where_a_role_holds(tmp_path: Path) -> None:
    user = manifest(tmp_path, ROLES + BINDINGS)
    assert user.may(Ask("list", "", "pods", "demo"))
    assert not user.may(Ask("list", "", "pods"))
    assert not user.may(Ask("get", "", "pods/exec", "ovn", "p"))  # its role is not bound


def test_users_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "rbac.yaml").write_text(ROLES)
    file = tmp_path / "users.yaml"
    file.write_text(
        "users:\n"
        "- {name: boss, groups: ['system:masters'], token: s3cret}\n"
        "- {name: tool, manifest: rbac.yaml}\n"
        "- {name: one, rules: [{verbs: [get], apiGroups: [''], resources: ['*/exec']}]}\n"
    )
    boss, tool, one = rbac.users_of_file(file)
    assert boss.token == "s3cret"
    assert boss.may(Ask("delete", "any", "thing"))
    assert tool.may(Ask("list", "", "pods"))
    assert one.may(Ask("get", "", "pods/exec", "x", "y"))
    assert not one.may(Ask("get", "", "pods", "x", "y"))
    assert len({boss.token, tool.token, one.token}) == 3


def test_tokens_tell_users_apart() -> None:
    users = [rbac.User("a"), rbac.User("b")]
    assert rbac.authenticate(f"Bearer {users[1].token}", users) is users[1]
    for wrong in ("Bearer ", "Bearer x", f"Basic {users[0].token}", users[0].token):
        with pytest.raises(ApiError) as caught:
            rbac.authenticate(wrong, users)
        assert caught.value.code == 401
    assert rbac.authenticate(None, users).name == "system:anonymous"
