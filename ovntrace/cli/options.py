"""The options that commands share, and what they say together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from ovntrace.cli.terminal import Screen, screen

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class OvsdbWords:
    """What `--ovsdb` and the options that belong to it say."""

    words: tuple[str, ...]
    private_key: Path | None
    certificate: Path | None
    ca: Path | None
    leader_only: bool

    @staticmethod
    def of(values: Mapping[str, Any]) -> "OvsdbWords | None":
        """None if it is not asked for; click.UsageError for its options alone, or with another
        way in."""
        # A command may have only some of the ways in.
        words = tuple(values.get("ovsdb", ()))
        own = ("private_key", "certificate", "ca_cert", "no_leader_only")
        given = [f"--{name.replace('_', '-')}" for name in own if values.get(name)]
        if not words:
            if given:
                raise click.UsageError(f"{given[0]} belongs to --ovsdb, which is not given")
            return None
        others = {"--from": "from_paths", "--local": "local", "--ssh": "ssh"}
        other = next((option for option, name in others.items() if values.get(name)), None)
        if other is not None:
            raise click.UsageError(f"{other} and --ovsdb are two ways in: give one of them")
        for option, name in _OF_CLUSTER:
            if values.get(name) is not None:
                raise click.UsageError(
                    f"{option} is of the live cluster and means nothing with --ovsdb"
                )
        files = (values["private_key"], values["certificate"], values["ca_cert"])
        return OvsdbWords(words, *files, leader_only=not values["no_leader_only"])


_OF_CLUSTER = (
    ("--kubeconfig", "kubeconfig"),
    ("--context", "kube_context"),
    ("--ovn-namespace", "ovn_namespace"),
)

# All that `live_options` declares, but for --timeout.
_OF_LIVE = (
    ("--local", "local"),
    ("--ssh", "ssh"),
    ("--ssh-config", "ssh_config"),
    ("--sudo", "sudo"),
    ("--ovsdb", "ovsdb"),
    ("--private-key", "private_key"),
    ("--certificate", "certificate"),
    ("--ca-cert", "ca_cert"),
    ("--no-leader-only", "no_leader_only"),
    *_OF_CLUSTER,
)


@dataclass(frozen=True, slots=True)
class SshWords:
    """What `--ssh` and the options that belong to it say."""

    hosts: tuple[str, ...]
    config: Path | None
    sudo: bool

    @staticmethod
    def of(values: Mapping[str, Any]) -> "SshWords | None":
        """None if it is not asked for; click.UsageError for its options alone, or with another
        way in."""
        # A command may have only some of the ways in.
        hosts = tuple(values.get("ssh", ()))
        config, sudo = values.get("ssh_config"), bool(values.get("sudo"))
        if not hosts:
            if config is not None or sudo:
                option = "--sudo" if sudo else "--ssh-config"
                raise click.UsageError(f"{option} belongs to --ssh, which is not given")
            return None
        others = {"--from": "from_paths", "--local": "local"}
        other = next((option for option, name in others.items() if values.get(name)), None)
        if other is not None:
            raise click.UsageError(f"{other} and --ssh are two ways in: give one of them")
        for option, name in _OF_CLUSTER:
            # Over SSH the pods of OVN-Kubernetes are looked for, too.
            if values.get(name) is not None and name != "ovn_namespace":
                raise click.UsageError(
                    f"{option} is of the live cluster and means nothing with --ssh"
                )
        return SshWords(hosts, config, sudo)


@dataclass(frozen=True, slots=True)
class WayIn:
    """Where the data comes from. Neither `from_paths` nor `local`: the live cluster."""

    from_paths: tuple[Path, ...]
    local: bool
    kubeconfig: Path | None
    context: str | None
    ovn_namespace: str | None
    timeout_s: float
    ovsdb: OvsdbWords | None = None
    ssh: SshWords | None = None

    @staticmethod
    def of(values: Mapping[str, Any]) -> "WayIn":
        """From the parsed options; click.UsageError for those that exclude each other."""
        way = WayIn(
            from_paths=tuple(values["from_paths"]),
            local=bool(values.get("local")),
            kubeconfig=values.get("kubeconfig"),
            context=values.get("kube_context"),
            ovn_namespace=values.get("ovn_namespace"),
            timeout_s=float(values["timeout"]),
            ovsdb=OvsdbWords.of(values),
            ssh=SshWords.of(values),
        )
        if way.from_paths and way.local:
            raise click.UsageError("--from and --local are two ways in: give one of them")
        live = (
            ("--kubeconfig", way.kubeconfig),
            ("--context", way.context),
            ("--ovn-namespace", way.ovn_namespace),
        )
        named = next((option for option, value in live if value is not None), None)
        if named is not None and (way.local or way.from_paths):
            other = "--local" if way.local else "--from"
            raise click.UsageError(f"{named} is of the live cluster and means nothing with {other}")
        return way


def live_option_of(values: Mapping[str, Any]) -> str | None:
    """The first of `live_options` that is given, --timeout apart; None if none is."""
    return next((option for option, name in _OF_LIVE if values.get(name)), None)


def without_live_options(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parsed options as if none of `live_options` was given, --timeout apart."""
    live = {name for _, name in _OF_LIVE}
    return {name: value for name, value in values.items() if name not in live}


def screen_of(values: Mapping[str, Any]) -> Screen:
    """How to lay out the answer, by the parsed options."""
    return screen(values["width"], no_color=values["no_color"])


def _all(function: F, decorators: Sequence[Callable[[F], F]]) -> F:
    # Click lists options in the reverse order of their decoration.
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_PLACE = click.Path(exists=True, readable=True, path_type=Path)


def dump_option(function: F) -> F:
    """A dump, for commands that need no live cluster."""
    return click.option(
        "--from",
        "from_paths",
        type=_PLACE,
        multiple=True,
        metavar="DUMP",
        help="A dump that has the names; repeatable.",
    )(function)


def ovsdb_options(function: F) -> F:
    """Databases over their own protocol; the names are those of ovn-nbctl."""
    return _all(
        function,
        (
            click.option(
                "--ovsdb",
                multiple=True,
                metavar="[NODE:]DB=REMOTE",
                help="Read a database over OVSDB: DB is nb, sb or ovs, REMOTE is tcp:HOST:PORT, "
                "ssl:HOST:PORT or unix:PATH (a cluster's with commas); repeatable.",
            ),
            click.option(
                "--private-key", type=_FILE, metavar="FILE", help="For --ovsdb with ssl: our key."
            ),
            click.option(
                "--certificate", type=_FILE, metavar="FILE", help="For --ovsdb: that key's own."
            ),
            click.option(
                "--ca-cert",
                type=_FILE,
                metavar="FILE",
                help="For --ovsdb: the server's CA.",
            ),
            click.option(
                "--no-leader-only",
                is_flag=True,
                help="For --ovsdb: a cluster's follower may answer, which may lag behind.",
            ),
        ),
    )


def ssh_options(function: F) -> F:
    """Nodes by SSH; the names are those of ssh."""
    return _all(
        function,
        (
            click.option(
                "--ssh",
                multiple=True,
                metavar="[USER@]HOST",
                help="Read a node by SSH, where no API answers; a node each, repeatable.",
            ),
            click.option(
                "--ssh-config",
                type=_FILE,
                metavar="FILE",
                help="For --ssh: instead of ~/.ssh/config and the system's.",
            ),
            click.option(
                "--sudo", is_flag=True, help="For --ssh: run everything there with `sudo -n`."
            ),
        ),
    )


def way_in_options(function: F) -> F:
    """Where the data comes from: a dump, or something live."""
    return _all(
        function,
        (
            click.option(
                "--from",
                "from_paths",
                type=_PLACE,
                multiple=True,
                metavar="PATH",
                help="Read a dump instead of a live cluster; several fill each other's gaps.",
            ),
            live_options,
        ),
    )


def live_options(function: F) -> F:
    """The ways to what is live."""
    return _all(
        function,
        (
            click.option("--local", is_flag=True, help="Read this machine: run on a node."),
            ssh_options,
            ovsdb_options,
            click.option("--kubeconfig", type=_FILE, metavar="FILE", help="As kubectl has it."),
            click.option("--context", "kube_context", metavar="NAME", help="As kubectl has it."),
            click.option(
                "--ovn-namespace",
                metavar="NS",
                help="Where the ovnkube-node pods are, if not in one of the usual namespaces.",
            ),
            click.option(
                "--timeout",
                type=click.IntRange(1, 3600),
                default=DEFAULT_TIMEOUT_S,
                show_default=True,
                metavar="SECONDS",
                help="For each command and each request.",
            ),
        ),
    )


def screen_options(function: F) -> F:
    """How the answer looks."""
    return _all(
        function,
        (
            click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same."),
            click.option(
                "--width",
                type=click.IntRange(40, 1000),
                metavar="COLUMNS",
                show_default="the terminal's, at most 100",
                help="Columns to lay out for.",
            ),
            click.option(
                "--debug", is_flag=True, expose_value=False, help="Show the traceback of an error."
            ),
        ),
    )


def output_option(forms: Sequence[str]) -> Callable[[F], F]:
    """`--output`, with the first form as its default."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(list(forms)),
        default=forms[0],
        show_default=True,
        help="The form of the answer.",
    )


namespace_option = click.option("-n", "--namespace", metavar="NS", help="The workload's namespace.")

PORT = click.IntRange(0, 65535)


def protocol_options(function: F) -> F:
    """The protocol of a flow, with its destination port."""
    ping = "A ping, which is what is taken where nothing is said."
    ports = [
        click.option(f"--{name}", type=PORT, metavar="PORT", help=f"{title} to this port.")
        for name, title in (("tcp", "TCP"), ("udp", "UDP"), ("sctp", "SCTP"))
    ]
    return _all(function, (*ports, click.option("--icmp", is_flag=True, help=ping)))


def protocol_of(values: Mapping[str, Any]) -> tuple[str, int | None] | None:
    """The one protocol that was asked for, and its port; None if none was."""
    names = [name for name in ("tcp", "udp", "sctp") if values[name] is not None]
    asked = [*names, *(["icmp"] if values["icmp"] else [])]
    if len(asked) > 1:
        raise click.UsageError("--tcp, --udp, --sctp and --icmp exclude each other")
    return (asked[0], values.get(asked[0]) if names else None) if asked else None
