"""Small dumps, written file by file."""

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = b'{"data":[],"headings":["_uuid","name"]}\n'


def listed(*items: Mapping[str, Any]) -> bytes:
    """A list of Kubernetes objects as the API gives it."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=2).encode()


FILES = {
    "kube/pods.json": listed({"kind": "Pod", "metadata": {"name": "web"}}),
    "worker-0/nbctl/ACL.json": TABLE,
    "worker-0/nbctl/NB_Global.json": b'{"data":\r\n [],\n "headings": ["_uuid"]}\n',
    "worker-0/ip.json": b"[]",
    "worker-0/ovs-ofctl_get-frags_br-int.txt": b"normal\n",
    "worker-0/pods/demo/web/ip.json": b"[1]",
    "worker-1/ovs/Bridge.json": TABLE,
}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files below `folder`."""
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def archive(file: Path, files: Mapping[str, bytes], mode: str = "w:gz", prefix: str = "") -> Path:
    """The files in a tar archive, each after `prefix`."""
    with tarfile.open(str(file), mode) as tar:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return file
