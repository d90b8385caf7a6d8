"""Our judgement of a batch of expressions and packets beside real OVN's."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ovntrace.match import (
    Addresses,
    And,
    Compare,
    Expr,
    MatchError,
    Missing,
    Or,
    Packet,
    Ports,
    annotate,
    parse,
    parse_microflow,
    symbols_of,
    truth,
    version_of,
)  # fmt: skip
from ovntrace.match.members import MISSING
from ovntrace.match.setmembers import expand_sets
from tests.match.oracle import CRASHED, TABLES, Oracle, World

_MOST_CHOICES = 300
"""An expression with more ways to satisfy it would keep OVN busy when it is taken for a microflow:
of such a one it is only asked whether it is accepted."""

OR_ELSE = ' || (inport == "y" && outport == "y") || (inport == "z" && outport == "z")'
"""Makes an expression an ambiguous microflow, which OVN prints."""


class WorldNames:
    """The names of a World, as OVN resolves them."""

    def __init__(self, world: World) -> None:
        self._sets = {name: Addresses(sorted(set(found))) for name, found in world.sets.items()}
        self._groups = {name: Ports(found) for name, found in world.groups.items()}

    def address_set(self, name: str) -> Addresses | Missing:
        """The set of this name."""
        return self._sets.get(name, MISSING)

    def port_group(self, name: str) -> Ports | Missing:
        """The group of this name."""
        return self._groups.get(name, MISSING)


@dataclass(slots=True)
class Tally:
    """What was compared, and each difference in words."""

    expressions: int = 0
    accepted: int = 0
    refused: int = 0
    packets: int = 0
    evaluations: int = 0
    matched: int = 0
    differences: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add the counts of another one."""
        self.expressions += other.expressions
        self.accepted += other.accepted
        self.refused += other.refused
        self.packets += other.packets
        self.evaluations += other.evaluations
        self.matched += other.matched
        self.differences += other.differences


class Judge:
    """Compares with one version's OVN."""

    def __init__(self, oracle: Oracle, world: World) -> None:
        self.oracle = oracle
        self._world = world
        self._names = WorldNames(world)
        self._table = symbols_of(version_of(oracle.version))

    def compare(self, expressions: Sequence[str], packets: Sequence[str]) -> Tally:
        """Put everything to both. Expressions are at most TABLES."""
        assert len(expressions) <= TABLES
        self.oracle.load(self._world, expressions)
        tally = Tally()
        parsed = self._expressions(expressions, tally)
        ours = self._packets(packets, tally)
        usable = [(text, packet) for text, packet in ours if packet is not None]
        answers = self.oracle.matches([text for text, _ in usable])
        for (text, packet), matched in zip(usable, answers, strict=True):
            for place, expr in enumerate(parsed):
                self._evaluated(expressions[place], expr, text, packet, matched[place], tally)
        return tally

    # --- expressions ---------------------------------------------------------------------------

    def _expressions(self, texts: Sequence[str], tally: Tally) -> list[Expr | None]:
        parsed = [self.parsed(text) for text in texts]
        questions: list[str] = []
        expected: list[str | None] = []
        for text, expr in zip(texts, parsed, strict=True):
            tally.expressions += 1
            if isinstance(expr, MatchError):
                tally.refused += 1
                if self._is_quick(expr):
                    questions.append(text)
                    expected.append(expr.message)
                continue
            tally.accepted += 1
            asked = [text, f"({text}){OR_ELSE}"] if _is_small(expr) else [f"0 && ({text})"]
            questions += asked
            expected += map(self._said, asked)
        refusals = self.oracle.refusals(questions)
        for question, ours, theirs in zip(questions, expected, refusals, strict=True):
            if theirs not in (ours, CRASHED):
                tally.differences.append(f"{question!r}: OVN {theirs!r}, ours {ours!r}")
        return [None if isinstance(expr, MatchError) else expr for expr in parsed]

    def _is_quick(self, error: MatchError) -> bool:
        """OVN looks for a microflow in what stands before junk at the end, too."""
        before = self.parsed(error.text[: error.start])
        return isinstance(before, MatchError) or _is_small(before)

    def parsed(self, text: str) -> Expr | MatchError:
        """Our reading of an expression, or why it is refused."""
        try:
            return parse(text, self._table, self._names)
        except MatchError as error:
            return error

    def _said(self, microflow: str) -> str | None:
        try:
            parse_microflow(microflow, self._table, self._names)
        except MatchError as error:
            return error.message
        return None

    # --- packets -------------------------------------------------------------------------------

    def _packets(self, texts: Sequence[str], tally: Tally) -> list[tuple[str, Packet | None]]:
        found: list[tuple[str, Packet | None]] = []
        for text, refusal in zip(texts, self.oracle.refusals(texts), strict=True):
            tally.packets += 1
            try:
                packet = parse_microflow(text, self._table, self._names)
            except MatchError as error:
                if error.message != refusal:
                    tally.differences.append(f"{text!r}: OVN {refusal!r}, ours {error.message!r}")
                continue
            if refusal is not None:
                tally.differences.append(f"{text!r}: OVN {refusal!r}, ours accepts")
                continue
            found.append((text, self._numbered(packet)))
        return found

    def _numbered(self, packet: Packet) -> Packet:
        """Newer versions can compare the ports' numbers, which only the database knows."""
        numbers = {
            f"__{field}": self._world.ports.index(port) + 1
            for field, port in packet.ports.items()
            if self._table.get(f"__{field}") is not None
        }
        return packet.with_fields(numbers)

    def _evaluated(
        self, text: str, expr: Expr | None, microflow: str, packet: Packet, theirs: bool,
        tally: Tally,
    ) -> None:  # fmt: skip
        resident = lambda port: port in self._world.ports or not port  # noqa: E731
        ours = expr is not None and truth(expr, packet, resident)
        tally.evaluations += expr is not None
        tally.matched += theirs
        if ours is not theirs:
            tally.differences.append(f"{text!r} for {microflow!r}: OVN {theirs}, ours {ours}")


def _is_small(expr: Expr) -> bool:
    return _choices(expand_sets(annotate(expr))) <= _MOST_CHOICES


def _choices(expr: Expr) -> int:
    """About how many alternatives OVN makes of an expression when it normalises it."""
    if isinstance(expr, And):
        product = 1
        for term in expr.terms:
            product *= _choices(term)
        return min(product, 1 << 30)
    if isinstance(expr, Or):
        return sum(map(_choices, expr.terms))
    if isinstance(expr, Compare) and expr.relop != "==":
        return max(1, expr.mask.bit_count())
    return 1
