"""`python -m tests.lab.api --dir D`: serve D/kube until a signal comes.

Writes D/kubeconfig (once requests are taken) and D/api.pid, and takes both away at its end.
D/lab.json says where exec runs, D/faults.json, if there is one, which faults are in force.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from tests.lab.api.rbac import User, admin, user_of_manifest, users_of_file
from tests.lab.api.requests import Options
from tests.lab.api.server import ADMIN_CONTEXT, ApiServer


def main() -> int:
    """Exit code 0 after a signal, 1 where it can't serve."""
    arguments = _parser().parse_args()
    folder: Path = arguments.dir
    try:
        server = ApiServer(
            folder / "kube",
            users=_users(arguments),
            options=Options(
                exec_needs_create=arguments.exec_needs_create,
                pending_is_bad_request=not arguments.pending_as_kubelet,
                minor_version=arguments.minor,
            ),
            fault_file=folder / "faults.json",
            port=arguments.port,
        ).start()
    except (OSError, ValueError, KeyError) as error:
        print(f"api: {folder}: {error}", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    pid, config = folder / "api.pid", folder / "kubeconfig"
    try:
        pid.write_text(f"{os.getpid()}\n")
        server.write_kubeconfig(config)
        print(f"{server.url}  KUBECONFIG={config}", flush=True)
        stop.wait()
    finally:
        server.stop()
        pid.unlink(missing_ok=True)
        config.unlink(missing_ok=True)
    return 0


def _users(arguments: argparse.Namespace) -> dict[str, User]:
    """Context names to users: "lab" may do everything, "lab-rbac" what the manifest grants."""
    users = {ADMIN_CONTEXT: admin()}
    if arguments.rbac:
        users[f"{ADMIN_CONTEXT}-rbac"] = user_of_manifest(arguments.rbac)
    if arguments.users:
        users |= {f"{ADMIN_CONTEXT}-{user.name}": user for user in users_of_file(arguments.users)}
    return users


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.api", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="folder with kube/*.json")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--rbac", type=Path, help="manifest with roles: context lab-rbac")
    parser.add_argument("--users", type=Path, help="YAML file of further users")
    parser.add_argument("--minor", type=int, default=32, help="Kubernetes 1.MINOR in /version")
    parser.add_argument("--exec-needs-create", action="store_true", help="as 1.35 and newer")
    parser.add_argument("--pending-as-kubelet", action="store_true", help="exec into Pending: 500")
    return parser


if __name__ == "__main__":
    sys.exit(main())
