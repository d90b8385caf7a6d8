"""A document back into its view: `load(dump(view))` is a view that renders to the same bytes.

Total: any value in, a view or one LoadError out, which names the place in the document.
"""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from ovntrace.errors import WrongQuestionError
from ovntrace.model.capture import Gap
from ovntrace.view.types import (
    AclView,
    Attachment,
    Evidence,
    ExplainView,
    Fact,
    Finding,
    Hop,
    ListView,
    Migration,
    MigrationSide,
    PolicyEffect,
    PolicyRef,
    PortIdentity,
    RulePort,
    SidePort,
    Source,
    State,
    Workload,
    WorkloadRow,
)
from renderers.document import SCHEMA

T = TypeVar("T")


class LoadError(WrongQuestionError):
    """Not a document of ours, or one that lacks something."""


class _Reader:
    """One object of the document, and where it stands."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, Mapping):
            raise LoadError("not an object", place=place)
        self._value: Mapping[str, object] = value
        self._place = place

    def _get(self, key: str, kinds: type | tuple[type, ...]) -> object:
        value = self._value.get(key)
        # JSON's true is no number, though Python's bool is an int.
        wrong_bool = isinstance(value, bool)
        if key not in self._value or wrong_bool or not isinstance(value, kinds):
            raise LoadError("missing or of another type", place=f"{self._place}.{key}")
        return value

    def text(self, key: str) -> str:
        return str(self._get(key, str))

    def text_or_none(self, key: str) -> str | None:
        value = self._get(key, (str, type(None)))
        return None if value is None else str(value)

    def number(self, key: str) -> int:
        value = self._get(key, int)
        assert isinstance(value, int)
        return value

    def number_or_none(self, key: str) -> int | None:
        return None if self._value.get(key, 0) is None else self.number(key)

    def real_or_none(self, key: str) -> float | None:
        value = self._get(key, (int, float, type(None)))
        return value if isinstance(value, int | float) else None

    def flag(self, key: str) -> bool:
        value = self.flag_or_none(key)
        if value is None:
            raise LoadError("missing or of another type", place=f"{self._place}.{key}")
        return value

    def flag_or_none(self, key: str) -> bool | None:
        value = self._value.get(key, 0)
        if value is None or isinstance(value, bool):
            return value
        raise LoadError("missing or of another type", place=f"{self._place}.{key}")

    def texts_or_none(self, key: str) -> tuple[str, ...] | None:
        return None if self._value.get(key, 0) is None else self.texts(key)

    def texts(self, key: str) -> tuple[str, ...]:
        items = self._list(key)
        for index, item in enumerate(items):
            if not isinstance(item, str):
                raise LoadError("not a text", place=f"{self._place}.{key}[{index}]")
        return tuple(str(item) for item in items)

    def one(self, key: str, build: "Callable[[_Reader], T]") -> T:
        return build(_Reader(self._value.get(key), f"{self._place}.{key}"))

    def one_or_none(self, key: str, build: "Callable[[_Reader], T]") -> T | None:
        return None if self._value.get(key, 0) is None else self.one(key, build)

    def has(self, key: str) -> bool:
        """True for a key that is there: some are left out where there is nothing to say."""
        return key in self._value

    def many(self, key: str, build: "Callable[[_Reader], T]") -> tuple[T, ...]:
        place = f"{self._place}.{key}"
        items = self._list(key)
        return tuple(build(_Reader(item, f"{place}[{n}]")) for n, item in enumerate(items))

    def many_or_none(self, key: str, build: "Callable[[_Reader], T]") -> tuple[T, ...] | None:
        return None if self._get(key, (list, type(None))) is None else self.many(key, build)

    def mapping(self, key: str) -> dict[str, Fact]:
        value = self._get(key, Mapping)
        assert isinstance(value, Mapping)
        return {str(name): _fact(item) for name, item in value.items()}

    def texts_by_name(self, key: str) -> dict[str, str]:
        found = self.mapping(key)
        for name, item in found.items():
            if not isinstance(item, str):
                raise LoadError("not a text", place=f"{self._place}.{key}.{name}")
        return {name: str(item) for name, item in found.items()}

    def state(self) -> State:
        word = self.text("state")
        if word not in set(State):
            raise LoadError("not a state", place=f"{self._place}.state")
        return State(word)

    def _list(self, key: str) -> list[object]:
        value = self._get(key, list)
        assert isinstance(value, list)
        return value


def load(text: str) -> ExplainView | ListView:
    """The view of a JSON document."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"not JSON: {error}") from error
    return from_document(value)


def from_document(value: object) -> ExplainView | ListView:
    """The view of a document as plain values."""
    reader = _Reader(value, "document")
    schema, kind = reader.text("schema"), reader.text("kind")
    if schema != SCHEMA:
        raise LoadError(f"schema {schema} is not known", hint=f"this version reads {SCHEMA}")
    if kind == "explain":
        return ExplainView(
            source=reader.one("source", _source),
            workload=reader.one("workload", _workload),
            attachments=reader.many("attachments", _attachment),
            gaps=reader.many("gaps", _gap),
            findings=reader.many("findings", _finding),
            migration=reader.one_or_none("migration", _migration),
        )
    if kind == "ls":
        return ListView(
            source=reader.one("source", _source),
            workloads=reader.many("workloads", _row),
            gaps=reader.many("gaps", _gap),
            findings=reader.many("findings", _finding),
        )
    raise LoadError(f"kind {kind} is not known", hint="this version reads explain and ls")


def _fact(value: object) -> Fact:
    if isinstance(value, list):
        return tuple(_fact(item) for item in value)
    if isinstance(value, Mapping):
        return {str(key): _fact(item) for key, item in value.items()}
    return value


def _source(reader: _Reader) -> Source:
    versions = reader.mapping("versions")
    return Source(
        kind=reader.text("kind"),
        place=reader.text("place"),
        taken_at=reader.text_or_none("taken_at"),
        age_s=reader.real_or_none("age_s"),
        versions={key: None if item is None else str(item) for key, item in versions.items()},
        time_note=reader.text("time_note"),
    )


def _workload(reader: _Reader) -> Workload:
    return Workload(
        kind=reader.text("kind"),
        namespace=reader.text_or_none("namespace"),
        name=reader.text("name"),
        node=reader.text_or_none("node"),
        pod=reader.text_or_none("pod"),
        phase=reader.text_or_none("phase"),
        identity=reader.one("identity", _identity) if reader.has("identity") else None,
    )


def _identity(reader: _Reader) -> PortIdentity:
    return PortIdentity(
        cms=reader.text("cms"),
        name=reader.text_or_none("name"),
        namespace=reader.text_or_none("namespace"),
        pod=reader.text_or_none("pod"),
        instance=reader.text_or_none("instance"),
        device=reader.text_or_none("device"),
        owner=reader.text_or_none("owner"),
        project=reader.text_or_none("project"),
        network=reader.text_or_none("network"),
        is_machine=reader.flag("is_machine"),
    )


def _migration(reader: _Reader) -> Migration:
    return Migration(
        way=reader.text("way"),
        state=reader.text("state"),
        active=reader.text_or_none("active"),
        why=reader.text("why"),
        sides=reader.many("sides", _side),
        evidence=reader.many("evidence", _evidence),
    )


def _side(reader: _Reader) -> MigrationSide:
    return MigrationSide(
        role=reader.text("role"),
        active=reader.flag("active"),
        pod=reader.text_or_none("pod"),
        node=reader.text_or_none("node"),
        phase=reader.text_or_none("phase"),
        ports=reader.many("ports", _side_port),
    )


def _side_port(reader: _Reader) -> SidePort:
    return SidePort(
        nad=reader.text("nad"),
        network=reader.text("network"),
        lsp=reader.text("lsp"),
        exists=reader.flag_or_none("exists"),
        enabled=reader.flag_or_none("enabled"),
        addresses=reader.texts_or_none("addresses"),
        up=reader.flag_or_none("up"),
        chassis=reader.text_or_none("chassis"),
        activated=reader.flag_or_none("activated"),
    )


def _attachment(reader: _Reader) -> Attachment:
    return Attachment(
        interface=reader.text("interface"),
        nad=reader.text("nad"),
        network=reader.text("network"),
        topology=reader.text("topology"),
        lsp=reader.text_or_none("lsp"),
        node=reader.text("node"),
        mac=reader.text_or_none("mac"),
        addresses=reader.texts("addresses"),
        hops=reader.many("hops", _hop),
        acls=reader.many("acls", _acl),
        port_groups=reader.texts("port_groups"),
        policies=reader.many_or_none("policies", _effect),
        unread=reader.texts("unread"),
    )


def _hop(reader: _Reader) -> Hop:
    return Hop(
        kind=reader.text("kind"),
        name=reader.text("name"),
        node=reader.text("node"),
        state=reader.state(),
        facts=reader.mapping("facts"),
        evidence=reader.many("evidence", _evidence),
        findings=reader.many("findings", _finding),
        watch=reader.text_or_none("watch"),
    )


def _acl(reader: _Reader) -> AclView:
    return AclView(
        uuid=reader.text("uuid"),
        name=reader.text_or_none("name"),
        direction=reader.text("direction"),
        tier=reader.number("tier"),
        priority=reader.number("priority"),
        match=reader.text("match"),
        action=reader.text("action"),
        stage=reader.text("stage"),
        policy=reader.one_or_none("policy", _policy),
        attached_to=reader.text("attached_to"),
    )


def _policy(reader: _Reader) -> PolicyRef:
    return PolicyRef(
        kind=reader.text("kind"),
        namespace=reader.text_or_none("namespace"),
        name=reader.text("name"),
        direction=reader.text_or_none("direction"),
        rule=reader.number_or_none("rule"),
        peer=reader.number_or_none("peer"),
        cidr=reader.text_or_none("cidr"),
        protocol=reader.text_or_none("protocol"),
        ports=reader.many_or_none("ports", _rule_port),
        rule_id=reader.text("rule_id") if reader.has("rule_id") else None,
    )


def _rule_port(reader: _Reader) -> RulePort:
    return RulePort(
        index=reader.number("index"),
        protocol=reader.text_or_none("protocol"),
        port=reader.text_or_none("port"),
    )


def _effect(reader: _Reader) -> PolicyEffect:
    return PolicyEffect(
        kind=reader.text("kind"),
        namespace=reader.text("namespace"),
        name=reader.text("name"),
        isolates=reader.texts("isolates"),
        effect=reader.text("effect"),
        reason=reader.text("reason"),
    )


def _evidence(reader: _Reader) -> Evidence:
    return Evidence(reader.text("artefact"), reader.text("row"), reader.text("command"))


def _finding(reader: _Reader) -> Finding:
    found = reader.many("evidence", _evidence)
    if not found:
        raise LoadError("a finding without evidence", place=reader.text("id"))
    return Finding(
        id=reader.text("id"),
        severity=reader.text("severity"),
        certainty=reader.text("certainty"),
        title=reader.text("title"),
        where=reader.texts_by_name("where"),
        evidence=found,
        remedy=reader.texts("remedy"),
    )


def _gap(reader: _Reader) -> Gap:
    return Gap(
        node=reader.text("node"),
        artefact=reader.text("artefact"),
        reason=reader.text("reason"),
        detail=reader.text("detail"),
        hint=reader.text("hint"),
    )


def _row(reader: _Reader) -> WorkloadRow:
    return WorkloadRow(
        kind=reader.text("kind"),
        namespace=reader.text_or_none("namespace"),
        name=reader.text("name"),
        pod=reader.text_or_none("pod"),
        node=reader.text_or_none("node"),
        interface=reader.text("interface"),
        nad=reader.text("nad"),
        network=reader.text("network"),
        topology=reader.text("topology"),
        addresses=reader.texts("addresses"),
        mac=reader.text_or_none("mac"),
        lsp=reader.text_or_none("lsp"),
    )
