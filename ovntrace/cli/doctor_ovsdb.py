"""`doctor`: databases over the OVSDB protocol. Each server, and what they are together."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from collectors.ovsdb import Certificates, Source, sources_of
from collectors.ovsdb.certificates import client_context
from collectors.ovsdb.examination import ServerSeen, examine
from collectors.ovsdb.remote import SCHEMAS, Remote
from collectors.tool_failure import Failure
from ovntrace.cli.doctor_nodes import DATABASES, Found, Say, schema_found
from ovntrace.cli.doctor_together import together
from ovntrace.cli.options import OvsdbWords
from ovntrace.doctor.schemas import schema_of
from ovntrace.doctor.types import Check, CheckState, Topic, Version, WayChecked, in_order
from ovntrace.doctor.versions import compared

if TYPE_CHECKING:
    import ssl

KIND: Final = "ovsdb"
_WRITERS: Final = {"nb": "ovn-northd", "sb": "ovn-northd", "ovs": "ovs-vswitchd"}
Seen = ServerSeen | Failure


def checked(asked: OvsdbWords, timeout_s: float, say: Say) -> WayChecked:
    """All servers side by side. Raises WrongQuestionError for a word that names none."""
    sources = sources_of(asked.words)
    certificates = Certificates(asked.private_key, asked.certificate, asked.ca)

    def context() -> "ssl.SSLContext":
        return client_context(certificates)

    pairs = [(source, remote) for source in sources for remote in source.remotes]
    say(f"asking {len(pairs)} servers")
    answers = together(
        [partial(examine, remote, one.database, context, timeout_s) for one, remote in pairs]
    )
    found = Found()
    for source in sources:
        own = [
            (remote, seen)
            for (one, remote), seen in zip(pairs, answers, strict=True)
            if one == source
        ]
        _source(source, own, asked.leader_only, found)
    found.checks += _not_given(sources)
    return WayChecked(
        KIND,
        ", ".join(dict.fromkeys(map(str, sources))),
        in_order((*found.checks, *compared(found.versions))),
        versions=tuple(found.versions),
    )


def _source(
    source: Source, servers: Sequence[tuple[Remote, Seen]], leader_only: bool, found: Found
) -> None:
    checks = [_server(source, remote, seen) for remote, seen in servers]
    usable = [
        seen
        for (_, seen), check in zip(servers, checks, strict=True)
        if isinstance(seen, ServerSeen) and check.state is CheckState.OK
    ]
    # One of a cluster may be down: that is to be said, and keeps nobody from an answer.
    led = [seen for seen in usable if _may_answer(seen, leader_only)]
    if led:
        checks = [_needless(check) for check in checks]
    found.checks += checks
    if usable and not led:
        found.checks.append(_no_leader(source))
    for seen in usable:
        if seen.version:
            name = _WRITERS[source.database]
            found.versions.append(Version(source.node, name, seen.version))
    schema = next((schema_of(seen.schema) for seen in (*led, *usable)), None)
    if schema is not None:
        schema_found(source.node, source.database, schema, found)


def _may_answer(seen: ServerSeen, leader_only: bool) -> bool:
    return not leader_only or seen.model != "clustered" or seen.leader is True


def _needless(check: Check) -> Check:
    return replace(check, needed=False)


def _server(source: Source, remote: Remote, seen: Seen) -> Check:
    what = f"{DATABASES[source.database]} {remote}"
    if isinstance(seen, Failure):
        return _failed(source, what, seen.detail, seen.hint)
    if seen.schema is None:
        others = ", ".join(seen.databases[:4]) or "no database"
        meant = [f"{key}=" for key, name in SCHEMAS.items() if name in seen.databases]
        hint = f"was {' or '.join(meant)} meant?" if meant else ""
        return _failed(source, what, f"no {SCHEMAS[source.database]} there: it has {others}", hint)
    if seen.connected is False:
        detail = f"it has lost the others of its {seen.model or 'cluster'}"
        return _failed(source, what, detail, "is there a majority of servers?")
    part = seen.model
    if seen.model == "clustered":
        part = "leader" if seen.leader else "follower"
    detail = f"answers{f', {part}' if part else ''}; databases: {', '.join(seen.databases)}"
    return Check(Topic.DATABASES, what, CheckState.OK, node=source.node, value=part, detail=detail)


def _failed(source: Source, what: str, detail: str, hint: str) -> Check:
    return Check(
        Topic.DATABASES, what, CheckState.FAILED, node=source.node, detail=detail, hint=hint
    )


def _no_leader(source: Source) -> Check:
    return Check(
        Topic.DATABASES,
        f"{DATABASES[source.database]} leader",
        CheckState.MISSING,
        node=source.node,
        detail="no server that answered is the cluster's leader",
        hint="name all servers of the cluster, with commas, or give --no-leader-only",
    )


def _not_given(sources: Sequence[Source]) -> list[Check]:
    """Databases that nobody named."""
    given = {source.database for source in sources}
    return [
        Check(
            Topic.DATABASES,
            title,
            CheckState.NOT_ASKED,
            detail=f"no --ovsdb {database}= is given"
            + ("" if database == "nb" else ": explain says less without it"),
            hint=f"--ovsdb {database}=tcp:HOST:PORT",
            needed=database == "nb",
        )
        for database, title in DATABASES.items()
        if database not in given
    ]
