"""The resources that are served: where each lives in the API, and what a path asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object and its place in the API."""

    plural: str
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    singular: str = ""
    short_names: tuple[str, ...] = ()
    builtin: bool = False
    """A type of the API server's own: always there; its list items carry no kind of their own."""

    @property
    def group_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """The name in messages: network-attachment-definitions.k8s.cni.cncf.io."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


_NET: Final = "networking.k8s.io"
_CNI: Final = "k8s.cni.cncf.io"
_ADMIN: Final = "policy.networking.k8s.io"
_VIRT: Final = "kubevirt.io"

KNOWN: Final[Mapping[str, Resource]] = {
    resource.plural: resource
    for resource in (
        Resource("nodes", "Node", "", "v1", False, "node", ("no",), True),
        Resource("namespaces", "Namespace", "", "v1", False, "namespace", ("ns",), True),
        Resource("pods", "Pod", "", "v1", True, "pod", ("po",), True),
        Resource("services", "Service", "", "v1", True, "service", ("svc",), True),
        Resource("configmaps", "ConfigMap", "", "v1", True, "configmap", ("cm",), True),
        Resource("events", "Event", "", "v1", True, "event", ("ev",), True),
        Resource(
            "networkpolicies", "NetworkPolicy", _NET, "v1", True, "networkpolicy", ("netpol",), True
        ),
        Resource(
            "endpointslices", "EndpointSlice", "discovery.k8s.io", "v1", True, "endpointslice",
            (), True,
        ),
        Resource("leases", "Lease", "coordination.k8s.io", "v1", True, "lease", (), True),
        Resource(
            "network-attachment-definitions", "NetworkAttachmentDefinition", _CNI, "v1", True,
            "network-attachment-definition", ("net-attach-def",),
        ),
        Resource(
            "multi-networkpolicies", "MultiNetworkPolicy", _CNI, "v1beta1", True,
            "multi-networkpolicy", ("multi-policy",),
        ),
        Resource(
            "adminnetworkpolicies", "AdminNetworkPolicy", _ADMIN, "v1alpha1", False,
            "adminnetworkpolicy", ("anp",),
        ),
        Resource(
            "baselineadminnetworkpolicies", "BaselineAdminNetworkPolicy", _ADMIN, "v1alpha1", False,
            "baselineadminnetworkpolicy", ("banp",),
        ),
        Resource(
            "egressfirewalls", "EgressFirewall", "k8s.ovn.org", "v1", True, "egressfirewall",
        ),
        Resource(
            "virtualmachines", "VirtualMachine", _VIRT, "v1", True, "virtualmachine",
            ("vm", "vms"),
        ),
        Resource(
            "virtualmachineinstances", "VirtualMachineInstance", _VIRT, "v1", True,
            "virtualmachineinstance", ("vmi", "vmis"),
        ),
    )
}  # fmt: skip
"""By the plural name. Those that are not builtin (CRDs) are there only if the folder has them."""


def derived(plural: str, items: Iterable[Mapping[str, Any]]) -> Resource | None:
    """A resource that is not in the table, as its own objects tell it; None without any."""
    objects = list(items)
    if not objects:
        return None
    group, _, version = str(objects[0].get("apiVersion", "v1")).rpartition("/")
    kind = str(objects[0].get("kind", plural))
    namespaced = any(item.get("metadata", {}).get("namespace") for item in objects)
    return Resource(plural, kind, group, version, namespaced, kind.lower())


@dataclass(frozen=True, slots=True)
class ApiPath:
    """What a path under /api/v1 or /apis/GROUP/VERSION asks for; "" where it says nothing."""

    group: str
    version: str
    namespace: str = ""
    resource: str = ""
    name: str = ""
    subresource: str = ""


def parse_path(raw_path: str) -> ApiPath | None:
    """The request of an API path (still percent-encoded); None for a path that is none.

    The rule is the API server's own: namespaces/NS is an object unless a resource follows.
    """
    parts = [unquote(part) for part in raw_path.split("/") if part]
    match parts:
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            return None
    match rest:
        case []:
            return ApiPath(group, version)
        case ["namespaces", namespace, resource, *last]:
            pass
        case [resource, *last]:
            namespace = ""
    if len(last) > 2:
        return None
    name, subresource = [*last, "", ""][:2]
    return ApiPath(group, version, namespace, resource, name, subresource)
