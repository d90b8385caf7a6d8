"""`python -m tests.lab.cluster_cli`: three nodes for a person to look at."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab import cluster_example as cx
from tests.lab.api_process import serve_api
from tests.lab.cluster import Cluster
from tests.lab.cluster_daemons import Mode
from tests.lab.cluster_pings import cells, measure, table_text
from tests.lab.commands import LabError
from tests.lab.suites import OVN_SUITES, SuiteUnavailable
from tests.lab.toolset import INSTALLED

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


def _policies(arguments: argparse.Namespace) -> int:
    cluster = Cluster.open(arguments.dir)
    if arguments.action == "apply":
        cluster.apply_policies()
    else:
        cluster.remove_policies()
    return 0


def _kubeconfig(arguments: argparse.Namespace) -> int:
    folder = Cluster.open(arguments.dir).folder
    print(f"export KUBECONFIG={serve_api(folder, arguments.options)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.cluster_cli", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--dir", type=Path, default=DEFAULT_FOLDER, help="the cluster's folder")
        added.set_defaults(run=run)
        return added

    up = command("up", _up, "start a cluster")
    up.add_argument("--mode", default=Mode.INTERCONNECT, choices=[mode.value for mode in Mode])
    up.add_argument("--ovn", default=INSTALLED, choices=[INSTALLED, *OVN_SUITES])
    up.add_argument("--no-policies", action="store_true", help="without the MultiNetworkPolicies")
    command("down", _down, "remove a cluster and all that it started")
    env = command("env", _env, "shell lines with which ovn-nbctl and the others reach a node")
    env.add_argument("node", choices=[node.name for node in cx.NODES])
    command("ping", _ping, "ping everybody from everybody on each network")
    policies = command("policies", _policies, "apply or remove the MultiNetworkPolicies")
    policies.add_argument("action", choices=["apply", "remove"])
    kubeconfig = command("kubeconfig", _kubeconfig, "serve the cluster as a Kubernetes API")
    kubeconfig.add_argument("options", nargs="*", help="after --: options of tests.lab.api")
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; one line for expected trouble."""
    arguments = _parser().parse_args(words)
    try:
        code: int = arguments.run(arguments)
    except (LabError, SuiteUnavailable) as error:
        print(f"tests.lab.cluster_cli: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
