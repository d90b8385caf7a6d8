"""What `--ovsdb` says: `[NODE:]DB=REMOTE[,REMOTE...]`, with remotes as OVS's tools take them
(ovsdb(7), Active OVSDB Connections)."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from collectors.dump.layout import is_component
from ovntrace.errors import WrongQuestionError

SCHEMAS: Final = {"nb": "OVN_Northbound", "sb": "OVN_Southbound", "ovs": "Open_vSwitch"}
# IANA's for OVSDB is the default of OVS's tools, whatever database is asked for.
_DEFAULT_PORT: Final = 6640
_MOST_PORT: Final = 65535
_FORM: Final = "[NODE:]nb|sb|ovs=tcp:HOST:PORT, ssl:HOST:PORT or unix:PATH; several with commas"


@dataclass(frozen=True, slots=True)
class Remote:
    """One server: `unix` with a path, or `tcp` or `ssl` with host and port."""

    method: str
    host: str
    port: int = 0

    def __str__(self) -> str:
        if self.method == "unix":
            return f"unix:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.method}:{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Source:
    """A database (nb, sb or ovs) and the servers that may have it: those of a cluster, in the order
    in which they are tried. `node` is empty where the databases themselves are to tell it."""

    node: str
    database: str
    remotes: tuple[Remote, ...]

    def __str__(self) -> str:
        return ",".join(map(str, self.remotes))


def sources_of(words: Sequence[str]) -> tuple[Source, ...]:
    """The sources of the option's values. WrongQuestionError for a word that is none, and for the
    same database of the same node twice."""
    sources = tuple(map(_source, words))
    seen: set[tuple[str, str]] = set()
    for source in sources:
        key = (source.node, source.database)
        if key in seen:
            node = f"{source.node}:" if source.node else ""
            raise WrongQuestionError(
                f"--ovsdb {node}{source.database}= is given twice",
                hint="a cluster's servers stand in one, with commas; nodes are told apart by "
                f"--ovsdb NODE:{source.database}=",
            )
        seen.add(key)
    return sources


def _source(word: str) -> Source:
    place, equals, remotes = word.partition("=")
    node, colon, database = place.rpartition(":")
    if not equals or database not in SCHEMAS or bool(colon) != bool(node):
        raise WrongQuestionError(f"--ovsdb {word!r} names no database", hint=_FORM)
    if node and not is_component(node):
        raise WrongQuestionError(f"--ovsdb {word!r}: {node!r} is no name of a node", hint=_FORM)
    return Source(node, database, tuple(_remote(word, text) for text in remotes.split(",")))


def _remote(word: str, text: str) -> Remote:
    method, _, rest = text.strip().partition(":")
    if method == "unix" and rest and "\0" not in rest:
        return Remote("unix", rest)
    if method in ("tcp", "ssl"):
        host, port = _host_and_port(rest)
        if host and port:
            return Remote(method, host, port)
    raise WrongQuestionError(f"--ovsdb {word!r}: {text!r} is no remote", hint=_FORM)


def _host_and_port(text: str) -> tuple[str, int]:
    """Host and port, 0 for one that can't be. An IPv6 address stands in brackets."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        if not _is_ipv6(host) or (rest and not rest.startswith(":")):
            return "", 0
        rest = rest[1:]
    else:
        host, _, rest = text.partition(":")
    if not rest:
        return host, _DEFAULT_PORT
    is_port = rest.isascii() and rest.isdecimal() and len(rest) <= len(str(_MOST_PORT))
    port = int(rest) if is_port else 0
    return (host, port) if port <= _MOST_PORT else (host, 0)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
