#!/usr/bin/python3
"""A stand-in for crictl on a lab's node: it lists the lab's containers and executes in them.

It runs as a program of its own with nothing but the standard library. What there is stands in
containers.json beside it. Its output has the fields of the CRI's messages as crictl prints them,
and like crictl it ends with 1 whatever the command in the container ended with.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_SOCKET = "unix:///run/crio/crio.sock"


def main(argv: list[str]) -> int:
    """One command of crictl, as far as ovntrace uses them."""
    words = [word for word in argv if not word.startswith("--timeout=")]
    if os.geteuid() != 0:
        return _fatal(
            f'validate service connection: validate CRI v1 runtime API for endpoint "{_SOCKET}": '
            "rpc error: code = Unavailable desc = connection error: desc = "
            '"transport: Error while dialing: dial unix /run/crio/crio.sock: connect: '
            'permission denied"'
        )
    there = json.loads((Path(__file__).parent / "containers.json").read_text())
    match words:
        case ["ps", "--state", "Running", "-o", "json"]:
            return _say({"containers": [_container(one) for one in there]})
        case ["pods", "--state", "Ready", "-o", "json"]:
            pods = {one["sandbox"]: one for one in there}
            return _say({"items": [_sandbox(one) for one in pods.values()]})
        case ["inspectp", "-o", "json", sandbox]:
            found = [one for one in there if one["sandbox"] == sandbox]
            return _say(_inspected(found[0])) if found else _fatal(f'"{sandbox}": NotFound')
        case ["exec", container, program, *arguments]:
            found = [one for one in there if one["id"] == container]
            if not found:
                return _fatal(f'could not find container "{container}"')
            return _execute(found[0], [program, *arguments])
    return _fatal(f"the stand-in does not know: {' '.join(words)}")


def _labels(one: dict[str, Any]) -> dict[str, str]:
    return {
        "io.kubernetes.pod.name": one["pod"],
        "io.kubernetes.pod.namespace": one["namespace"],
        "io.kubernetes.pod.uid": one["uid"],
    }


def _container(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "podSandboxId": one["sandbox"],
        "metadata": {"name": one["name"], "attempt": 0},
        "image": {"image": "quay.io/lab", "annotations": {}},
        "state": "CONTAINER_RUNNING",
        "createdAt": "1721294104000000000",
        "labels": {**_labels(one), "io.kubernetes.container.name": one["name"]},
        "annotations": {"io.kubernetes.container.restartCount": "0"},
    }


def _sandbox(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["sandbox"],
        "metadata": {"name": one["pod"], "uid": one["uid"], "namespace": one["namespace"]},
        "state": "SANDBOX_READY",
        "createdAt": "1721294104000000000",
        "labels": _labels(one),
        "annotations": {},
        "runtimeHandler": "",
    }


def _inspected(one: dict[str, Any]) -> dict[str, Any]:
    network: dict[str, str] = {"type": "network"}
    if one["netns"]:
        network["path"] = f"/var/run/netns/{one['netns']}"
    namespaces = [{"type": "pid"}, network, {"type": "mount"}]
    return {
        "status": {**_sandbox(one), "network": {"additionalIps": [], "ip": ""}},
        "info": {"pid": 0, "runtimeSpec": {"linux": {"namespaces": namespaces}}},
    }


def _execute(one: dict[str, Any], argv: list[str]) -> int:
    entered = ["/usr/bin/nsenter", f"--net=/run/netns/{one['netns']}"] if one["netns"] else []
    code = subprocess.run(
        ["/usr/bin/env", "-i", *_env(one), *entered, *argv], check=False
    ).returncode
    if code == 127:
        return _fatal(
            f"execing command in container: rpc error: code = Unknown desc = exec failed: "
            f'exec: "{argv[0]}": executable file not found in $PATH'
        )
    if code < 0:
        code = 128 - code
    return (
        _fatal(f"execing command in container: command terminated with exit code {code}")
        if code
        else 0
    )


def _env(one: dict[str, Any]) -> list[str]:
    return [f"{name}={value}" for name, value in one["env"].items()]


def _say(document: object) -> int:
    print(json.dumps(document, indent=2))
    return 0


def _fatal(text: str) -> int:
    print(f"FATA[0000] {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
