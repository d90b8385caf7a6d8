"""Who asks (bearer tokens) and what each may do (rules of ClusterRoles and Roles)."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tests.lab.api.status import ApiError, object_details

ADMINS: Final = "system:masters"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a role; `namespace` "" is cluster-wide."""

    verbs: frozenset[str]
    groups: frozenset[str]
    resources: frozenset[str]
    names: frozenset[str] = frozenset()
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request wants to do; `resource` with its subresource, as in pods/exec."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """A user known by a bearer token."""

    name: str
    token: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(24))
    groups: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    def may(self, ask: Ask) -> bool:
        """Is one of its rules for this?"""
        return ADMINS in self.groups or any(_grants(rule, ask) for rule in self.rules)


def admin() -> User:
    """A user who may do everything, as kubeadm's first one."""
    return User("kubernetes-admin", groups=(ADMINS,))


def user_of_manifest(path: Path, name: str = "") -> User:
    """A user with all that the manifest's roles grant; its ServiceAccount's name, if it has one."""
    documents = _documents(path)
    accounts = [doc["metadata"] for doc in documents if doc.get("kind") == "ServiceAccount"]
    if not name:
        name = path.stem
        if accounts:
            namespace = accounts[0].get("namespace", "default")
            name = f"system:serviceaccount:{namespace}:{accounts[0]['name']}"
    return User(name, rules=rules_of_manifest(documents))


def users_of_file(path: Path) -> tuple[User, ...]:
    """The users of a YAML file: `users`, each with name, token, groups, rules or manifest."""
    users = []
    for entry in yaml.safe_load(path.read_text())["users"]:
        rules = _rules(entry.get("rules") or (), entry.get("namespace", ""))
        if "manifest" in entry:
            rules += user_of_manifest(path.parent / entry["manifest"]).rules
        token = entry.get("token") or secrets.token_urlsafe(24)
        users.append(User(entry["name"], str(token), tuple(entry.get("groups") or ()), rules))
    return tuple(users)


def rules_of_manifest(documents: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """All that the roles of a manifest grant, each where its bindings say.

    Without any binding a ClusterRole is cluster-wide and a Role in its own namespace.
    """
    roles = {
        (doc["kind"], doc["metadata"]["name"]): doc
        for doc in documents
        if doc.get("kind") in ("ClusterRole", "Role")
    }
    bindings = [
        doc for doc in documents if doc.get("kind") in ("ClusterRoleBinding", "RoleBinding")
    ]
    if not bindings:
        return tuple(
            rule
            for role in roles.values()
            for rule in _rules(role.get("rules") or (), role["metadata"].get("namespace", ""))
        )
    found: list[Rule] = []
    for binding in bindings:
        role = roles.get((binding["roleRef"]["kind"], binding["roleRef"]["name"]), {})
        scope = binding["metadata"].get("namespace", "default")
        namespace = scope if binding["kind"] == "RoleBinding" else ""
        found += _rules(role.get("rules") or (), namespace)
    return tuple(found)


def refusal(user: str, ask: Ask) -> ApiError:
    """403 in the API server's own words (apiserver's responsewriters.Forbidden)."""
    plural = ask.resource.partition("/")[0]
    qualified = f"{plural}.{ask.group}" if ask.group else plural
    subject = f'{qualified} "{ask.name}"' if ask.name else qualified
    where = f'in the namespace "{ask.namespace}"' if ask.namespace else "at the cluster scope"
    return ApiError(
        403,
        f'{subject} is forbidden: User "{user}" cannot {ask.verb} resource "{ask.resource}" '
        f'in API group "{ask.group}" {where}',
        object_details(plural, ask.group, ask.name),
    )


def authenticate(header: str | None, users: Iterable[User]) -> User:
    """The user of an Authorization header; nobody without one; ApiError 401 for a wrong token."""
    if header is None:
        return User("system:anonymous", token="")
    scheme, _, token = header.partition(" ")
    for user in users:
        given, real = token.strip().encode(), user.token.encode()
        if scheme.lower() == "bearer" and real and secrets.compare_digest(given, real):
            return user
    raise ApiError(401, "Unauthorized")


def _documents(path: Path) -> list[dict[str, Any]]:
    return [doc for doc in yaml.safe_load_all(path.read_text()) if isinstance(doc, dict)]


def _rules(rules: Iterable[Mapping[str, Any]], namespace: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            frozenset(rule.get("verbs") or ()),
            frozenset(rule.get("apiGroups") or ()),
            frozenset(rule.get("resources") or ()),
            frozenset(rule.get("resourceNames") or ()),
            namespace,
        )
        for rule in rules
    )


def _grants(rule: Rule, ask: Ask) -> bool:
    subresource = ask.resource.partition("/")[2]
    resources = {ask.resource, "*"} | ({f"*/{subresource}"} if subresource else set())
    return (
        bool(rule.verbs & {ask.verb, "*"})
        and bool(rule.groups & {ask.group, "*"})
        and bool(rule.resources & resources)
        and (not rule.names or ask.name in rule.names)
        and (not rule.namespace or rule.namespace == ask.namespace)
    )
