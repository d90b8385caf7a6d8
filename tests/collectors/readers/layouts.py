"""Dumps as others collect them, made of a capture's tables and objects: path -> bytes."""

import gzip
import io
import json
import re
import tarfile
from collections.abc import Mapping
from typing import Any

import yaml

from collectors.artifacts import BY_NAME
from tests.captured import raw
from tests.collectors.readers.database import clustered_file, database_file

Layout = dict[str, bytes]
ROOT = "must-gather.local.1/quay-io-openshift-ocp-v4-0-art-dev-sha256-abc"
CNV_ROOT = "must-gather.local.1/registry-redhat-io-cnv-must-gather-sha256-def"
_FOLDERS = {"nb": "nbctl", "sb": "sbctl", "ovs": "ovs"}
_GROUPS = {
    "pods": "core",
    "events": "core",
    "networkpolicies": "networking.k8s.io",
    "network-attachment-definitions": "k8s.cni.cncf.io",
    "multi-networkpolicies": "k8s.cni.cncf.io",
    "adminnetworkpolicies": "policy.networking.k8s.io",
    "baselineadminnetworkpolicies": "policy.networking.k8s.io",
    "egressfirewalls": "k8s.ovn.org",
    "virtualmachines": "kubevirt.io",
    "virtualmachineinstances": "kubevirt.io",
}
NODES = ("worker-0", "worker-1")


def tables(name: str, node: str, artefact: str) -> dict[str, Any]:
    """A capture's tables of one database."""
    folder = f"{node}/{_FOLDERS[artefact]}"
    return {table: raw(name)[f"{folder}/{table}.json"] for table in BY_NAME[artefact].tables}


def items(name: str, plural: str) -> list[Any]:
    """A capture's objects of a kind; none where the capture has none."""
    document = raw(name).get(f"kube/{plural}.json")
    return list(document["items"]) if document else []


def as_yaml(document: Any) -> bytes:
    """As `oc` writes it."""
    return yaml.safe_dump(document, default_flow_style=False).encode()


def objects(name: str, root: str, *, singly: bool) -> Layout:
    """Objects as `oc adm inspect` leaves them: one by one, or as lists by namespace."""
    found: Layout = {}
    for node in items(name, "nodes"):
        path = f"{root}/cluster-scoped-resources/core/nodes/{node['metadata']['name']}.yaml"
        found[path] = as_yaml(node)
    for one in items(name, "namespaces"):
        own = one["metadata"]["name"]
        found[f"{root}/namespaces/{own}/{own}.yaml"] = as_yaml(one)
    for plural, group in _GROUPS.items():
        by_namespace: dict[str, list[Any]] = {}
        for item in items(name, plural):
            by_namespace.setdefault(item["metadata"].get("namespace", ""), []).append(item)
        for namespace, members in by_namespace.items():
            scope = f"namespaces/{namespace}" if namespace else "cluster-scoped-resources"
            folder = f"{root}/{scope}"
            if not singly:
                listed = {"apiVersion": "v1", "kind": "List", "items": members}
                found[f"{folder}/{group}/{plural}.yaml"] = as_yaml(listed)
                continue
            for item in members:
                own = item["metadata"]["name"]
                path = f"{group}/{plural}/{own}.yaml"
                found[f"{folder}/{path if plural != 'pods' else f'pods/{own}/{own}.yaml'}"] = (
                    as_yaml(item)
                )
    return found


def ovnkube_pod(node: str) -> dict[str, Any]:
    """The pod that has a node's databases."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"ovnkube-node-{node[-1]}x9zq",
            "namespace": "openshift-ovn-kubernetes",
        },
        "spec": {"nodeName": node},
    }


def interconnect(name: str, *, how: str, singly: bool = True) -> Layout:
    """A must-gather of an interconnect cluster. `how` the databases stand there: tar.gz, folder,
    gz, plain (beside the logs, without a folder)."""
    found = objects(name, ROOT, singly=singly)
    inner: Layout = {}
    for node in NODES:
        pod = ovnkube_pod(node)
        own = pod["metadata"]["name"]
        path = f"{ROOT}/namespaces/openshift-ovn-kubernetes/pods/{own}/{own}.yaml"
        found[path] = as_yaml(pod)
        for artefact in ("nb", "sb"):
            inner[f"{own}_{artefact}db"] = database_file(artefact, tables(name, node, artefact))
    logs = f"{ROOT}/network_logs"
    if how == "tar.gz":
        packed = tar_of({f"ovnk_database_store/{key}": data for key, data in inner.items()})
        found[f"{logs}/ovnk_database_store.tar.gz"] = packed
    elif how == "folder":
        found |= {f"{logs}/ovnk_database_store/{key}": data for key, data in inner.items()}
    elif how == "gz":
        found |= {f"{logs}/{key}.gz": gzip.compress(data) for key, data in inner.items()}
    else:
        found |= {f"{logs}/{key}": data for key, data in inner.items()}
    return found


def central(name: str, node: str) -> Layout:
    """A must-gather of a cluster whose databases are central: here those of one zone."""
    found = objects(name, ROOT, singly=False)
    for artefact in ("nb", "sb"):
        data = clustered_file(artefact, tables(name, node, artefact))
        found[f"{ROOT}/network_logs/leader_{artefact}db.gz"] = gzip.compress(data)
    return found


def folder_per_node(name: str) -> Layout:
    """As an engineer copies files by hand."""
    names = {"nb": "ovnnb_db.db", "sb": "ovnsb_db.db", "ovs": "conf.db"}
    return {
        f"{node}/{file}": database_file(artefact, tables(name, node, artefact))
        for node in NODES
        for artefact, file in names.items()
    }


def listed_folder(name: str, node: str) -> Layout:
    """Lists as JSON under names that say nothing."""
    found = {}
    for artefact in _FOLDERS:
        for at, table in enumerate(tables(name, node, artefact).values()):
            found[f"out/{artefact}{at}.json"] = json.dumps(table).encode()
    return found


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def as_text(document: Any) -> bytes:
    """A table as `list` prints it (ovs-vsctl(8), "list" form of Table Formatting Options)."""
    rows = []
    for row in document["data"]:
        cells = zip(document["headings"], row, strict=True)
        rows.append("".join(f"{column:20}: {_text(cell)}\n" for column, cell in cells))
    return "\n".join(rows).encode()


def _text(cell: Any) -> str:
    if isinstance(cell, list) and cell[0] == "uuid":
        return str(cell[1])
    if isinstance(cell, list) and cell[0] == "set":
        return f"[{', '.join(map(_text, cell[1]))}]"
    if isinstance(cell, list) and cell[0] == "map":
        pairs = ", ".join(f"{_text(key)}={_text(value)}" for key, value in cell[1])
        return f"{{{pairs}}}"
    if isinstance(cell, str):
        words = ("true", "false")
        return cell if _PLAIN.fullmatch(cell) and cell not in words else json.dumps(cell)
    return json.dumps(cell)


def sosreport(name: str, node: str, *, conf_db: bool = True, listed: bool = True) -> Layout:
    """A node's report: OVS as lists and as its file, NB and SB as files."""
    root = f"sosreport-{node}-2024-03-05-abcdefg"
    commands = f"{root}/sos_commands"
    found = {f"{root}/hostname": f"{node}\n".encode()}
    names = {"nb": "ovnnb_db.db", "sb": "ovnsb_db.db"}
    for artefact, file in names.items():
        data = database_file(artefact, tables(name, node, artefact))
        found[f"{root}/var/lib/ovn-ic/etc/{file}"] = data
    if conf_db:
        data = database_file("ovs", tables(name, node, "ovs"))
        found[f"{root}/etc/openvswitch/conf.db"] = data
    if listed:
        for table in ("Open_vSwitch", "interface", "bridge"):
            document = raw(name)[f"{node}/ovs/{table[0].upper() + table[1:]}.json"]
            path = f"{commands}/openvswitch/ovs-vsctl_-t_5_list_{table}"
            found[path] = as_text(document)
    found[f"{commands}/networking/ip_-s_-d_link"] = b"1: lo: <LOOPBACK>\n"
    found[f"{commands}/networking/ip_-d_-s_address"] = links(name, node)
    flows = b"OFPST_FLOW reply (OF1.3) (xid=0x2):\n cookie=0x0, priority=0 actions=drop\n"
    found[f"{commands}/ovn_host/ovs-ofctl_-O_OpenFlow13_dump-flows_br-int"] = flows
    return found


def links(name: str, node: str) -> bytes:
    """`ip address` of a node that has the devices of its OVS interfaces."""
    lines = ["1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default"]
    document = tables(name, node, "ovs")["Interface"]
    at = document["headings"].index("name")
    for index, row in enumerate(document["data"], 2):
        lines.append(f"{index}: {row[at]}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP")
        lines.append(f"    link/ether 52:54:00:00:00:{index:02x} brd ff:ff:ff:ff:ff:ff")
    return "\n".join(lines).encode() + b"\n"


def tar_of(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    """The files as an archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as tar:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()
