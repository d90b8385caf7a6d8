"""What leaves a Kubernetes object before it is written to a file that people send around.

Kept is what the network needs: names, labels, networking annotations, specs without their
environment, commands and user data, statuses. Objects are copied, never changed.
"""

import json
from collections.abc import Mapping
from typing import Any

# Annotations under these domains (and their subdomains) are kept; all others may hold anything.
_ANNOTATION_DOMAINS = (
    "ovn.org",
    "cncf.io",
    "kubevirt.io",
    "kubernetes.io",
    "openshift.io",
)
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_POD_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_CONTAINER_KEEPS = ("name", "image", "ports", "resources", "securityContext", "restartPolicy")
_POD_DROPS = ("volumes", "imagePullSecrets")
_VM_VOLUME_KEEPS = ("name",)


def kept_items(data: bytes) -> list[bytes] | None:
    """The objects of a list without what must not leave, each as JSON; None if it is no list."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return None
    return [
        json.dumps(kept_object(item), ensure_ascii=False).encode("utf-8", "backslashreplace")
        for item in document["items"]
        if isinstance(item, dict)
    ]


def kept_object(item: Mapping[str, Any]) -> dict[str, Any]:
    """One object without what must not leave."""
    result = dict(item)
    result["metadata"] = _metadata(result.get("metadata"))
    spec = result.get("spec")
    if isinstance(spec, dict):
        result["spec"] = _spec(spec)
    status = result.get("status")
    if isinstance(status, dict):
        # The images of a node: long, and no business of the network.
        result["status"] = {key: value for key, value in status.items() if key != "images"}
    return {key: value for key, value in result.items() if key not in ("data", "stringData")}


def _metadata(metadata: object) -> dict[str, Any]:
    if not isinstance(metadata, dict):
        return {}
    result = {key: value for key, value in metadata.items() if key != "managedFields"}
    annotations = result.get("annotations")
    if isinstance(annotations, dict):
        result["annotations"] = {k: v for k, v in annotations.items() if _keeps(str(k))}
    return result


def _keeps(annotation: str) -> bool:
    domain, slash, _ = annotation.partition("/")
    if not slash or annotation == _LAST_APPLIED:
        return False
    return any(domain == kept or domain.endswith(f".{kept}") for kept in _ANNOTATION_DOMAINS)


def _spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in spec.items():
        if key in _POD_CONTAINERS and isinstance(value, list):
            result[key] = [_only(entry, _CONTAINER_KEEPS) for entry in value]
        elif key == "volumes" and "domain" in spec and isinstance(value, list):
            # cloud-init's user data holds passwords.
            result[key] = [_only(entry, _VM_VOLUME_KEEPS) for entry in value]
        elif key == "template" and isinstance(value, dict):
            result[key] = _template(value)
        elif key not in (*_POD_DROPS, "accessCredentials", "dataVolumeTemplates"):
            result[key] = value
    return result


def _template(template: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(template)
    if "metadata" in result:
        result["metadata"] = _metadata(result["metadata"])
    if isinstance(result.get("spec"), dict):
        result["spec"] = _spec(result["spec"])
    return result


def _only(entry: object, kept: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(entry, dict):
        return {}
    return {key: value for key, value in entry.items() if key in kept}
