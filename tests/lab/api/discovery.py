"""Discovery: what a client learns of the API before its first real request."""

from collections.abc import Sequence
from typing import Final

from tests.lab.api.resources import Resource
from tests.lab.api.status import Json

_REVIEWS: Final = ("authorization.k8s.io", "v1")


def version(minor: int) -> Json:
    """GET /version."""
    return {
        "major": "1",
        "minor": str(minor),
        "gitVersion": f"v1.{minor}.0+lab",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    }


def api_versions(address: str) -> Json:
    """GET /api."""
    by_address = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": by_address}


def api_groups(resources: Sequence[Resource]) -> Json:
    """GET /apis."""
    groups: dict[str, list[str]] = {_REVIEWS[0]: [_REVIEWS[1]]}
    for resource in resources:
        versions = groups.setdefault(resource.group, [])
        if resource.version not in versions:
            versions.append(resource.version)
    listed = [api_group(name, sorted(versions)) for name, versions in groups.items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}


def api_group(name: str, versions: Sequence[str]) -> Json:
    """GET /apis/GROUP; `versions` are sorted, so that v1 is before v1beta1."""
    listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def api_resources(group: str, version: str, resources: Sequence[Resource]) -> Json | None:
    """GET /api/v1 and /apis/GROUP/VERSION; None for a group and version that are not served."""
    listed = [_listed(res) for res in resources if (res.group, res.version) == (group, version)]
    if (group, version) == ("", "v1"):
        listed.append(_entry("pods/exec", "PodExecOptions", True, ["create", "get"]))
    if (group, version) == _REVIEWS:
        kind = "SelfSubjectAccessReview"
        listed.append(_entry("selfsubjectaccessreviews", kind, False, ["create"]))
    if not listed:
        return None
    group_version = f"{group}/{version}" if group else version
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": listed,
    }


def _listed(resource: Resource) -> Json:
    entry = _entry(resource.plural, resource.kind, resource.namespaced, ["get", "list"])
    entry["singularName"] = resource.singular
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    return entry


def _entry(name: str, kind: str, namespaced: bool, verbs: list[str]) -> Json:
    return {
        "name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": verbs,
    }  # fmt: skip
