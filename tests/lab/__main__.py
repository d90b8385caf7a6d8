"""`python -m tests.lab`: the running example for a person to look at."""

import argparse
import sys
import time
from pathlib import Path

from tests.lab.command_line import CommandLine
from tests.lab.commands import LabError
from tests.lab.lab import Lab, read_record
from tests.lab.pings import ping_table, table_text

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


def command_line() -> CommandLine:
    """The commands."""
    line = CommandLine("tests.lab", __doc__, "lab", DEFAULT_FOLDER, Lab.open)
    line.add_up(_up)
    line.add("down", _down, "remove a lab and all that it started")
    line.add("status", _status, "what runs, and where the pods are")
    line.add("env", _env, "shell lines with which ovn-nbctl and the others reach the node")
    line.add("ping", _ping, "ping everybody from everybody and compare with the field's cluster")
    line.add_policies()
    line.add_kubeconfig()
    return line


if __name__ == "__main__":
    sys.exit(command_line().main())
