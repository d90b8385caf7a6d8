"""What others would have collected of a lab: must-gathers and a sosreport, by the commands that
their scripts run on a node, laid out as they leave it."""

import io
import json
import re
import ssl
import tarfile
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.lab import example as ex
from tests.lab.api_process import serve_api
from tests.lab.kube_cluster import OVNKUBE_NAME, OVNKUBE_NAMESPACE
from tests.lab.lab import Lab

Layout = dict[str, bytes]
Manifest = dict[str, Any]

MUST_GATHER = "must-gather.local.771/quay-io-openshift-release-dev-ocp-v4-0-art-dev-sha256-3f"
KUBEVIRT = "must-gather.local.772/registry-redhat-io-cnv-must-gather-rhel9-sha256-9c"
SOSREPORT = f"sosreport-{ex.NODE}-2024-07-23-xkqpzvt"
_DATABASES = {"nb": "ovnnb_db.db", "sb": "ovnsb_db.db"}

# `oc adm inspect namespace NS`: what it writes as one list, and what object by object.
_LISTED = {
    "pods": ("core", "/api/v1"),
    "events": ("core", "/api/v1"),
    "networkpolicies": ("networking.k8s.io", "/apis/networking.k8s.io/v1"),
}
_SINGLY = {
    "network-attachment-definitions": ("k8s.cni.cncf.io", "/apis/k8s.cni.cncf.io/v1"),
    "multi-networkpolicies": ("k8s.cni.cncf.io", "/apis/k8s.cni.cncf.io/v1beta1"),
}
_KUBEVIRT_API = "/apis/kubevirt.io/v1"


class _Api:
    """The lab's API server, asked with its administrator's kubeconfig."""

    def __init__(self, lab: Lab) -> None:
        import base64

        config = yaml.safe_load(serve_api(lab.folder).read_text())
        cluster = config["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._context = ssl.create_default_context(cadata=authority)
        self._server = cluster["server"]
        self._headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}

    def get(self, path: str) -> Manifest:
        request = urllib.request.Request(self._server + path, headers=self._headers)
        with urllib.request.urlopen(request, context=self._context, timeout=10) as answer:
            found: Manifest = json.load(answer)
        return found

    def items(self, path: str) -> list[Manifest]:
        """The objects of a list, with the kind and version that a client adds."""
        document = self.get(path)
        kind = document["kind"].removesuffix("List")
        told = {"apiVersion": document["apiVersion"], "kind": kind}
        return [told | item for item in document["items"]]


def _yaml(document: Manifest) -> bytes:
    return b"---\n" + yaml.safe_dump(document, default_flow_style=False).encode()


def _inspected(api: _Api, namespace: str) -> Iterator[tuple[str, bytes]]:
    """`oc adm inspect namespace NS`."""
    yield f"{namespace}.yaml", _yaml(api.get(f"/api/v1/namespaces/{namespace}"))
    for plural, (group, base) in _LISTED.items():
        document = api.get(f"{base}/namespaces/{namespace}/{plural}")
        yield f"{group}/{plural}.yaml", _yaml(document)
    for pod in api.items(f"/api/v1/namespaces/{namespace}/pods"):
        name = pod["metadata"]["name"]
        yield f"pods/{name}/{name}.yaml", _yaml(pod)
        log = f"pods/{name}/{pod['spec']['containers'][0]['name']}/logs/current.log"
        yield log, b"2024-07-23T03:56:19.000000001Z started\n"


def _objects(api: _Api, root: str, namespaces: Iterable[str]) -> Layout:
    found: Layout = {}
    for namespace in namespaces:
        folder = f"{root}/namespaces/{namespace}"
        found |= {f"{folder}/{path}": data for path, data in _inspected(api, namespace)}
    return found


def must_gather(lab: Lab, namespaces: Iterable[str] = ()) -> Layout:
    """An OpenShift must-gather: the cluster's own namespace, the objects of networks of all, and
    the zone's databases; `namespaces` are those that were inspected besides."""
    api = _Api(lab)
    found = _objects(api, MUST_GATHER, (OVNKUBE_NAMESPACE, *namespaces))
    for node in api.items("/api/v1/nodes"):
        name = node["metadata"]["name"]
        found[f"{MUST_GATHER}/cluster-scoped-resources/core/nodes/{name}.yaml"] = _yaml(node)
    for plural, (group, base) in _SINGLY.items():
        for item in api.items(f"{base}/{plural}"):
            place = f"{item['metadata']['namespace']}/{group}/{plural}"
            path = f"{MUST_GATHER}/namespaces/{place}/{item['metadata']['name']}.yaml"
            found[path] = _yaml(item)
    store = {
        f"ovnk_database_store/{OVNKUBE_NAME}_{artefact}db": (lab.places.ovn / file).read_bytes()
        for artefact, file in _DATABASES.items()
    }
    logs = f"{MUST_GATHER}/network_logs"
    found[f"{logs}/ovnk_database_store.tar.gz"] = packed(store, "w:gz")
    found[f"{logs}/cluster_scale"] = b"Nodes: 1\n"
    return found


def kubevirt_must_gather(lab: Lab) -> Layout:
    """KubeVirt's: namespaces with VMs inspected, the VMs, and links of launchers and nodes."""
    api = _Api(lab)
    found = _objects(api, KUBEVIRT, (ex.NAMESPACE,))
    folder = f"{KUBEVIRT}/namespaces/{ex.NAMESPACE}"
    for item in api.items(f"{_KUBEVIRT_API}/virtualmachineinstances"):
        name = item["metadata"]["name"]
        path = f"{folder}/kubevirt.io/virtualmachineinstances/{name}.yaml"
        found[path] = _yaml(item)
    for item in api.items(f"{_KUBEVIRT_API}/virtualmachines"):
        labels = item["metadata"].get("labels", {})
        of_template = any(label.startswith("vm.kubevirt.io/template") for label in labels)
        below = "template-based" if of_template else "custom"
        name = item["metadata"]["name"]
        found[f"{folder}/kubevirt.io/virtualmachines/{below}/{name}.yaml"] = _yaml(item)
    for pod in ex.PODS:
        if pod.vm:
            place = f"{folder}/vms/{pod.vm.name}/{pod.name}"
            found[f"{place}.ip.txt"] = _inside(lab, lab.places.pod(pod), "ip", "a")
            found[f"{place}.bridge.txt"] = _inside(
                lab, lab.places.pod(pod), "bridge", "fdb", "show"
            )
    node = f"{KUBEVIRT}/nodes/{ex.NODE}"
    found[f"{node}/ip.txt"] = _inside(lab, lab.places.node, "ip", "a")
    found[f"{node}/vlan"] = _inside(lab, lab.places.node, "bridge", "-j", "vlan", "show")
    return found


def _inside(lab: Lab, netns: str, *argv: str) -> bytes:
    done = lab.inside(netns, *argv)
    assert done.returncode == 0, (argv, done.stderr)
    return done.stdout.encode()


# The plug-ins' commands for the tools of OVS. Those that fail here fail on many a node.
_OPENVSWITCH = (
    "ovs-vsctl -t 5 show",
    "ovs-vsctl -t 5 list Open_vSwitch",
    "ovs-vsctl -t 5 list interface",
    "ovs-vsctl -t 5 list bridge",
    "ovs-vsctl -t 5 get Open_vSwitch . other_config",
    "ovs-appctl bond/show",
    "ovs-appctl coverage/show",
    "ovs-appctl upcall/show",
)
_OF_BRIDGE = (
    "ovs-ofctl dump-flows {}",
    "ovs-ofctl -O OpenFlow13 dump-flows {}",
    "ovs-ofctl -O OpenFlow15 dump-flows {}",
    "ovs-ofctl dump-ports {}",
    "ovs-ofctl show {}",
    "ovs-appctl fdb/show {}",
)
_OVN_HOST = (
    "ovs-ofctl -O OpenFlow13 dump-flows br-int",
    "ovs-vsctl list-br",
    "ovs-vsctl list Open_vSwitch",
)
_NETWORKING = ("ip -o addr", "ip -s -d link", "ip -d -s address", "ip netns", "ip route show")
_IN_NETNS = ("ip -d address show", "ip route show table all")


def sosreport(lab: Lab, *, files: bool = True, lists: bool = False) -> Layout:
    """A sosreport of the node: `files` with NB and SB as OpenShift's plug-in copies them, `lists`
    as ovn_central lists them."""
    found: Layout = {
        f"{SOSREPORT}/sos_commands/host/hostname": f"{ex.NODE}\n".encode(),
        f"{SOSREPORT}/proc/net/dev": b"Inter-|   Receive  |  Transmit\n",
    }
    bridges = lab.ctl("ovs-vsctl", "-t", "5", "list-br").split()
    of_bridges = [words.format(bridge) for bridge in bridges for words in _OF_BRIDGE]
    for plugin, commands in (
        ("openvswitch", (*_OPENVSWITCH, *of_bridges)),
        ("ovn_host", _OVN_HOST),
        ("ovn_central", tuple(_ovn_central(lab)) if lists else ()),
    ):
        for words in commands:
            found[_of_command(plugin, words)] = lab.ctl(*words.split()).encode()
    for words in _NETWORKING:
        found[_of_command("networking", words)] = _inside(lab, lab.places.node, *words.split())
    for netns in (lab.places.pod(pod) for pod in ex.PODS):
        for words in _IN_NETNS:
            plugin = f"networking/namespaces/{netns}"
            path = _of_command(plugin, f"ip netns exec {netns} {words}")
            found[path] = _inside(lab, netns, *words.split())
    found[f"{SOSREPORT}/etc/openvswitch/conf.db"] = (lab.places.ovs / "conf.db").read_bytes()
    if files:
        for file in _DATABASES.values():
            data = (lab.places.ovn / file).read_bytes()
            found[f"{SOSREPORT}/var/lib/ovn-ic/etc/{file}"] = data
    return found


def _ovn_central(lab: Lab) -> Iterator[str]:
    """`show`, and `list` of each table of the installed schemas."""
    for tool, schema, socket in (
        ("ovn-nbctl", "OVN_Northbound", lab.places.nb_socket),
        ("ovn-sbctl", "OVN_Southbound", lab.places.sb_socket),
    ):
        yield f"{tool} --no-leader-only show"
        tables = lab.ctl("ovsdb-client", "--format=json", "list-tables", f"unix:{socket}", schema)
        for (table,) in json.loads(tables)["data"]:
            if table != "Logical_Flow":
                yield f"{tool} --no-leader-only list {table}"


def _of_command(plugin: str, words: str) -> str:
    """The name that sos gives the output of a command."""
    name = re.sub(r"[^\w\-\.\/]+", "_", words).replace("/", ".").strip(" ._-")
    return f"{SOSREPORT}/sos_commands/{plugin}/{name[:255]}"


def packed(files: Mapping[str, bytes], mode: str) -> bytes:
    """The files as an archive; `mode` as tarfile has it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as tar:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def unpacked(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files below a folder."""
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder
