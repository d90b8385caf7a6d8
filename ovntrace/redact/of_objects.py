"""Names in Kubernetes objects."""

import json
from collections.abc import Iterator
from typing import Any, Final

from ovntrace.redact.originals import Originals
from ovntrace.view.vmi import network_hash

# Maps whose keys are a person's, not the API's.
_FREE: Final = frozenset({"labels", "annotations", "matchLabels", "nodeSelector"})
# Keys of lists whose texts are names: a selector's values, and label keys of an early
# AdminNetworkPolicy. Host names may stand in any other.
_LISTS: Final = {"values": "lbl", "sameLabels": "lbl", "notSameLabels": "lbl"}
# Keys whose text is a name, by what a stand-in of it begins with.
_KINDS: Final = {
    "namespace": "ns",
    "nodeName": "node",
    "hostname": "host",
    "host": "host",
    "subdomain": "host",
    "serviceAccountName": "sa",
    "serviceAccount": "sa",
    "networkName": "net",
    "physicalNetworkName": "net",
    "netAttachDefName": "net",
    "bridge": "br",
    "generateName": "name",
    "claimName": "name",
    "reportingInstance": "host",
    "sourceNode": "node",
    "targetNode": "node",
    "sourcePod": "pod",
    "targetPod": "pod",
    "key": "lbl",
    "namedPort": "name",
}
_OF_KIND: Final = {
    "Pod": "pod",
    "Node": "node",
    "Namespace": "ns",
    "VirtualMachine": "vm",
    "VirtualMachineInstance": "vm",
    "NetworkAttachmentDefinition": "net",
    "MultiNetworkPolicy": "pol",
    "NetworkPolicy": "pol",
    "AdminNetworkPolicy": "pol",
    "BaselineAdminNetworkPolicy": "pol",
    "EgressFirewall": "pol",
}
_PLAIN_NAMES: Final = frozenset({"ovn-kubernetes"})  # network-status calls the default network so


def name_of_object(item: dict[str, Any], kind: str, found: Originals) -> None:
    """Add what an object is called itself, and its namespace. `kind` is the object's, which items
    of a list may lack."""
    metadata = item.get("metadata")
    for key, what in (("namespace", "ns"), ("name", _OF_KIND.get(kind, "name"))):
        if isinstance(metadata, dict) and isinstance(text := metadata.get(key), str):
            found.add(text, what)


def names_of_object(item: dict[str, Any], kind: str, found: Originals) -> None:
    """Add all that one object names."""
    name_of_object(item, kind, found)
    if kind == "VirtualMachineInstance":
        _links_of(item, found)
    for key, value in _pairs(item):
        _take(key, value, found)


def _links_of(vmi: dict[str, Any], found: Originals) -> None:
    spec = vmi.get("spec")
    for network in spec.get("networks", ()) if isinstance(spec, dict) else ():
        name = network.get("name") if isinstance(network, dict) else None
        if isinstance(name, str):
            found.made[network_hash(name)] = name


def _pairs(item: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values at any depth, without recursion: what a stranger sent may be deep."""
    waiting: list[Any] = [item]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield key, inner
                if key not in _FREE or _is_selector(inner):
                    waiting.append(inner)


def _is_selector(value: Any) -> bool:
    """True for an EgressFirewall's nodeSelector; a pod's has labels."""
    if not isinstance(value, dict):
        return False
    labels, expressions = value.get("matchLabels"), value.get("matchExpressions")
    return isinstance(labels, dict) or isinstance(expressions, list)


def _take(key: str, value: Any, found: Originals) -> None:
    found.words.add(key)
    if key in _FREE and isinstance(value, dict) and not _is_selector(value):
        _take_free(key, value, found)
    elif isinstance(value, list):
        _take_texts(key, value, found)
    elif not isinstance(value, str):
        return
    elif key in ("image", "imageID"):
        found.add_parts(value, "img")
    elif key == "config":
        _take_json(value, found)
    elif key in _KINDS:
        found.add_parts(value.rstrip("-"), _KINDS[key])
    elif key == "name":
        found.add_parts(value, "name")
    else:
        found.add_hosts(value)


def _take_texts(key: str, texts: list[Any], found: Originals) -> None:
    for text in texts:
        if isinstance(text, str) and key in _LISTS:
            found.add(text.rpartition("/")[2], _LISTS[key])
            found.add_hosts(text.rpartition("/")[0])
        elif isinstance(text, str):
            found.add_hosts(text)


def _take_free(key: str, value: dict[str, Any], found: Originals) -> None:
    for name, text in value.items():
        domain, _, short = name.rpartition("/")
        found.add_hosts(domain)
        if not domain.endswith((".io", ".org")):
            found.add(short, "lbl")
        if not isinstance(text, str):
            continue
        if key == "annotations":
            _take_json(text, found)
        else:
            found.add(text, "lbl")


def _take_json(text: str, found: Originals) -> None:
    """A CNI configuration, network-status, pod-networks: JSON inside of a string; or plain text."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        found.add_hosts(text)
        for part in text.split(","):
            if part.strip() not in _PLAIN_NAMES and "=" not in part and "{" not in part:
                found.add_parts(part.strip(), "name")
        return
    for key, value in _pairs({"": document}):
        if isinstance(value, str) and value not in _PLAIN_NAMES:
            _take(key, value, found)
        if not key.replace("_", "").isalpha():  # pod-networks is keyed by NAD, others by network
            found.words.discard(key)
            found.add_parts(key, "net")
