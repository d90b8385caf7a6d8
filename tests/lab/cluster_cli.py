"""`python -m tests.lab.cluster_cli`: three nodes for a person to look at."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab import cluster_example as cx
from tests.lab.cluster import Cluster
from tests.lab.cluster_daemons import Mode
from tests.lab.cluster_pings import cells, measure, table_text
from tests.lab.command_line import CommandLine

DEFAULT_FOLDER = Path("/tmp/ovntrace-cluster")


def _up(arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    cluster = Cluster(arguments.dir, mode=Mode(arguments.mode), ovn=arguments.ovn)
    try:
        cluster.up(policies=not arguments.no_policies)
    except KeyboardInterrupt:
        cluster.down()
        raise
    took = time.monotonic() - started
    print(f"{cluster.folder}: {cluster.mode}, OVN {cluster.tools.ovn_version}, up in {took:.1f} s")
    for pod in cx.PODS:
        print(f"{pod.key} on {pod.node.name}: ip netns exec {cluster.pod_netns(pod)}")
    return 0


def _down(arguments: argparse.Namespace) -> int:
    Cluster.open(arguments.dir).down()
    print(f"{arguments.dir}: gone")
    return 0


def _env(arguments: argparse.Namespace) -> int:
    cluster = Cluster.open(arguments.dir)
    handed_out = cluster.places[arguments.node].node_environment(cluster.tools.path)
    for key, value in handed_out.items():
        print(f"export {key}='{value}'")
    return 0


def _ping(arguments: argparse.Namespace) -> int:
    print(table_text(measure(Cluster.open(arguments.dir), cells(cx.ALL_NETWORKS))))
    return 0


def _command_line() -> CommandLine:
    line = CommandLine("tests.lab.cluster_cli", __doc__, "cluster", DEFAULT_FOLDER, Cluster.open)
    up = line.add_up(_up)
    up.add_argument("--mode", default=Mode.INTERCONNECT, choices=[mode.value for mode in Mode])
    line.add("down", _down, "remove a cluster and all that it started")
    env = line.add("env", _env, "shell lines with which ovn-nbctl and the others reach a node")
    env.add_argument("node", choices=[node.name for node in cx.NODES])
    line.add("ping", _ping, "ping everybody from everybody on each network")
    line.add_policies()
    line.add_kubeconfig()
    return line


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; one line for expected trouble."""
    return _command_line().main(words)


if __name__ == "__main__":
    sys.exit(main())
