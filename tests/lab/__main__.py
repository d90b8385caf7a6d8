"""`python -m tests.lab`: the running example for a person to look at."""

import argparse
import sys
import time
from pathlib import Path

from tests.lab.api_process import serve_api
from tests.lab.commands import LabError
from tests.lab.lab import Lab, read_record
from tests.lab.pings import ping_table, table_text
from tests.lab.suites import OVN_SUITES, SuiteUnavailable
from tests.lab.toolset import INSTALLED

DEFAULT_FOLDER = Path("/tmp/ovntrace-lab")


def _up(arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    lab = Lab(arguments.dir, ovn=arguments.ovn)
    try:
        lab.up(policies=not arguments.no_policies)
    except KeyboardInterrupt:
        lab.down()
        raise
    versions = f"OVN {lab.tools.ovn_version}, OVS {lab.tools.ovs_version}"
    print(f"{lab.folder}: {versions}, up in {time.monotonic() - started:.1f} s")
    print('environment of the node: eval "$(python -m tests.lab env)"')
    return 0


def _down(arguments: argparse.Namespace) -> int:
    folder = arguments.dir.resolve()
    try:
        record = read_record(folder)
    except LabError:
        if folder.exists():
            raise
        print(f"{folder}: no lab here")
        return 0
    Lab(folder, prefix=record["prefix"]).down()
    print(f"{folder}: gone")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    lab = Lab.open(arguments.dir)
    record = read_record(lab.folder)
    versions = record["versions"]
    print(f"{lab.folder}: OVN {versions['ovn']}, OVS {versions['ovs']}, prefix {record['prefix']}")
    print(f"policies: {'applied' if record['policies'] else 'none'}")
    for daemon, pid in record["pids"].items():
        state = f"runs ({pid})" if lab.daemons.pid(daemon) == pid else "does not run as started"
        print(f"{daemon}: {lab.daemons.pid(daemon) or '-'} {state}")
    for name, pod in record["pods"].items():
        print(f"{name}: ip netns exec {pod['netns']}")
    for name, netns in record["guests"].items():
        print(f"guest of {name}: ip netns exec {netns}")
    return 0 if record["complete"] and lab.daemons.pids() == record["pids"] else 1


def _env(arguments: argparse.Namespace) -> int:
    lab = Lab.open(arguments.dir)
    for key, value in lab.places.node_environment(lab.tools.path).items():
        print(f"export {key}='{value}'")
    return 0


def _ping(arguments: argparse.Namespace) -> int:
    table = ping_table(Lab.open(arguments.dir))
    print(table_text(table))
    return 0 if all(cell.as_expected for cell in table) else 1


def _kubeconfig(arguments: argparse.Namespace) -> int:
    lab = Lab.open(arguments.dir)
    print(f"export KUBECONFIG={serve_api(lab.folder, arguments.options)}")
    return 0


def _policies(arguments: argparse.Namespace) -> int:
    lab = Lab.open(arguments.dir)
    if arguments.action == "apply":
        lab.apply_policies()
    else:
        lab.remove_policies()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--dir", type=Path, default=DEFAULT_FOLDER, help="the lab's folder")
        added.set_defaults(run=run)
        return added

    up = command("up", _up, "start a lab")
    up.add_argument("--ovn", default=INSTALLED, choices=[INSTALLED, *OVN_SUITES])
    up.add_argument("--no-policies", action="store_true", help="without the MultiNetworkPolicies")
    command("down", _down, "remove a lab and all that it started")
    command("status", _status, "what runs, and where the pods are")
    command("env", _env, "shell lines with which ovn-nbctl and the others reach the node")
    command("ping", _ping, "ping everybody from everybody and compare with the field's cluster")
    policies = command("policies", _policies, "apply or remove the MultiNetworkPolicies")
    policies.add_argument("action", choices=["apply", "remove"])
    kubeconfig = command("kubeconfig", _kubeconfig, "serve the lab as a Kubernetes API")
    kubeconfig.add_argument("options", nargs="*", help="after --: options of tests.lab.api")
    return parser


def main() -> int:
    """Run one command; one line for expected trouble."""
    arguments = _parser().parse_args()
    try:
        code: int = arguments.run(arguments)
    except (LabError, SuiteUnavailable) as error:
        print(f"tests.lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
