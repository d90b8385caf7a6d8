"""The ACLs that can concern a packet between two ports, found without looking at all of a switch.

They are filed by the port or group without which they can't hold, and in that by the first of their
terms: where it does not hold, none of them does. Of dozens a packet matches one or two, and only of
these records are made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ovntrace.acls.texts import ANYWHERE, FIELDS, AclTexts, Key
from ovntrace.match import Packet
from ovntrace.model.northbound import LogicalSwitchPort, Northbound
from ovntrace.verdict.compiling import Compiler, Term
from ovntrace.verdict.switchacl import SwitchAcl

# An ACL's place in its table, its terms, and whether they are all that its match says.
_Listed = tuple[int, tuple[Term, ...], bool]
_Bucket = Mapping[Term, Sequence[_Listed]]
Possible = tuple[SwitchAcl, bool]
"""An ACL that a packet may match, and whether it is certain that it does, but for what northd puts
before the match."""


class Candidates:
    """ACLs of one switch by the ports that they can concern. `record` makes the record of the ACL
    at a place of the table; None for one that is not the switch's."""

    def __init__(
        self,
        nb: Northbound,
        texts: AclTexts,
        compiler: Compiler,
        record: Callable[[int], SwitchAcl | None],
    ) -> None:
        self._nb = nb
        self._texts = texts
        self._compiler = compiler
        self._record = record
        self._records: dict[int, SwitchAcl | None] = {}
        self._by_key: dict[Key, dict[str, dict[Term, list[_Listed]]]] = {}
        self._by_port: dict[tuple[str, str, str], tuple[_Bucket, ...]] = {}
        self._names_by_port: dict[str, tuple[str, ...]] = {}

    def concerning(
        self, stage: str, inport: LogicalSwitchPort, outport: LogicalSwitchPort | None
    ) -> tuple[SwitchAcl, ...]:
        """ACLs of a stage that can match a packet between two ports, by rank."""
        buckets = self._buckets(stage, inport, outport)
        listed = (one for bucket in buckets for many in bucket.values() for one in many)
        return tuple(self._recorded(place for place, _, _ in listed))

    def possible(
        self,
        stage: str,
        inport: LogicalSwitchPort,
        outport: LogicalSwitchPort | None,
        packet: Packet,
    ) -> list[Possible]:
        """Those of them of which no term says that they don't match this packet, by rank. May be
        too many, never too few."""
        known: dict[Term, bool | None] = {}
        found: dict[int, bool] = {}
        for bucket in self._buckets(stage, inport, outport):
            for first, many in bucket.items():
                if first not in known:
                    known[first] = first.holds(packet)
                if known[first] is False:
                    continue
                for place, terms, certain in many:
                    for term in terms:
                        if term not in known:
                            known[term] = term.holds(packet)
                        value = known[term]
                        if value is False:
                            break
                        certain = certain and value is True
                    else:
                        found[place] = certain
        return [(one, found[place]) for one, place in self._recorded(found).items()]

    def _recorded(self, places: Iterable[int]) -> dict[SwitchAcl, int]:
        """Records of the switch's ACLs, each once and by rank, and their places. The same ACL is in
        several buckets if it names both ports."""
        records = self._records
        found: dict[SwitchAcl, int] = {}
        for place in places:
            if place not in records:
                records[place] = self._record(place)
            record = records[place]
            if record is not None:
                found[record] = place
        return dict(sorted(found.items(), key=_rank)) if len(found) > 1 else found

    def _buckets(
        self, stage: str, inport: LogicalSwitchPort, outport: LogicalSwitchPort | None
    ) -> tuple[_Bucket, ...]:
        found = self._of_port(stage, FIELDS[0], inport)
        return found if outport is None else found + self._of_port(stage, FIELDS[1], outport)

    def _of_port(self, stage: str, field: str, port: LogicalSwitchPort) -> tuple[_Bucket, ...]:
        """What a port as the inport or the outport lets match; ACLs that concern every port count
        as the inport's."""
        place = (stage, field, port.uuid)
        known = self._by_port.get(place)
        if known is None:
            keys = [(field, name) for name in self._names_of(port)]
            if field == FIELDS[0]:
                keys.append(ANYWHERE)
            buckets = (self._bucket(key, stage) for key in keys)
            known = self._by_port[place] = tuple(bucket for bucket in buckets if bucket)
        return known

    def _bucket(self, key: Key, stage: str) -> _Bucket:
        """ACLs of a stage that can't hold but for a port or group."""
        known = self._by_key.get(key)
        if known is None:
            known = self._by_key[key] = {}
            for place in self._texts.concerning(key):
                terms, are_all = self._compiler.necessary(self._texts.match(place))
                bucket = known.setdefault(self._texts.stage(place), {})
                bucket.setdefault(terms[0], []).append((place, terms, are_all))
        return known.get(stage, {})

    def _names_of(self, port: LogicalSwitchPort) -> tuple[str, ...]:
        known = self._names_by_port.get(port.uuid)
        if known is None:
            groups = self._nb.db.table("Port_Group").by_ref("ports", port.uuid)
            known = (f'"{port.name}"', *(f"@{row.text('name')}" for row in groups))
            self._names_by_port[port.uuid] = known
        return known


def _rank(item: tuple[SwitchAcl, int]) -> tuple[int, int, str]:
    return item[0].rank
