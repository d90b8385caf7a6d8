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
class WayIn:
    """Where the data comes from. Neither `from_paths` nor `local`: the live cluster."""

    from_paths: tuple[Path, ...]
    local: bool
    kubeconfig: Path | None
    context: str | None
    ovn_namespace: str | None
    timeout_s: float

    @staticmethod
    def of(values: Mapping[str, Any]) -> "WayIn":
        """From the parsed options; click.UsageError for those that exclude each other."""
        way = WayIn(
            from_paths=tuple(values["from_paths"]),
            local=values["local"],
            kubeconfig=values["kubeconfig"],
            context=values["kube_context"],
            ovn_namespace=values["ovn_namespace"],
            timeout_s=float(values["timeout"]),
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


def way_in_options(function: F) -> F:
    """Where the data comes from."""
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
            click.option("--local", is_flag=True, help="Read this machine: run on a node."),
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
