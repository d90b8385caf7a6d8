"""Random expressions and packets, shared by the unit tests and by those against real OVN.

Values come from small pools, so that expressions and packets meet: about every third pair matches.
Expressions are made as lists of tokens and joined with or without blanks. All comes from a
`Random`: hypothesis's own, which shrinks, where we are tested alone, and one with a seed from
hypothesis where thousands are needed in seconds.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

from ovntrace.match.symbols import Symbol, symbols_of
from ovntrace.match.versions import NEWEST, Version
from tests.match.oracle import World

WORLD: Final = World(
    ports=("p1", "p2", "tiny pod", 'q"u\\o', "ü"),
    sets={
        "v4": ("10.0.0.1", "10.0.0.0/30", "192.168.77.0/24"),
        "v6": ("fd00::1", "fd00::/64", "ff02::1:ff00:0/104"),
        "mac": ("0a:58:0a:00:00:01", "0a:58:0a:00:00:02"),
        "mixed": ("10.0.0.2", "fd00::2"),
        "junk": ("10.0.0.3", "not an address"),
        "empty": (),
        "odd.name_1": ("10.0.0.0/255.0.0.255",),
    },
    groups={"pg": ("p1", "p2"), "pg_none": (), "other": ("tiny pod", "elsewhere")},
)
"""The names that the expressions use; others in them are unknown."""

_TABLES: Final = (symbols_of(NEWEST), symbols_of(Version(23, 3)))
_SYMBOLS: Final = {symbol.name: symbol for table in reversed(_TABLES) for symbol in table}
_NAMES: Final = tuple(name for name in _SYMBOLS if not name.endswith(".frag_mtu"))
"""All but the two that are for actions only: ovn-trace crashes when it evaluates them."""

_OFTEN: Final = frozenset(("ip4", "tcp", "udp", "eth", "inport", "outport", "ip", "icmp4", "ct"))
_COMMON: Final = tuple(name for name in _NAMES if name.split(".")[0] in _OFTEN)

_POOLS: Final = {
    48: ("0a:58:0a:00:00:01", "0a:58:0a:00:00:02", "ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01",
         "01:00:5e:00:00:01", "0", "1"),
    32: ("10.0.0.1", "10.0.0.2", "10.0.0.3", "192.168.77.91", "224.0.0.1", "0", "1", "0xa000001",
         "255.255.255.255", "2", "128"),
    128: ("fd00::1", "fd00::2", "fe80::1", "ff02::1", "ff02::16", "::", "0", "1", "::10.0.0.1",
          "ff02::1:ff00:7", "0xfd000000000000000000000000000002"),
    16: ("80", "443", "0", "65535", "0x800", "0x86dd", "0x806", "0x8035", "1", "2", "0x1000",
         "0x2064", "32768"),
    8: ("0", "1", "2", "6", "17", "58", "132", "255", "64", "135", "136", "143", "130", "8"),
}  # fmt: skip
_MASKS: Final = {
    48: ("01:00:00:00:00:00", "ff:ff:ff:00:00:00", "00:00:00:00:00:03", "00:00:00:00:00:00"),
    32: ("8", "24", "32", "0", "255.255.0.0", "255.0.0.255", "30"),
    128: ("64", "128", "0", "8", "ffff::", "ffff::ffff", "104"),
}
_PORTS: Final = ('"p1"', '"p2"', '"tiny pod"', '"q\\"u\\\\o"', '"ü"', '"gone"', '""', '"none"')
_SETS: Final = {48: "mac", 32: "v4", 128: "v6"}
_JUNK: Final = (
    "(", ")", "{", "}", "[", "]", "&&", "||", "!", "==", "!=", "<", "<=", ">", ">=", "=", ",",
    "..", ";", "-", "--", "<->", ":", "/", "&", "|", "#", "1", "0", "2", "007", "0x", "0xg",
    "18446744073709551616", "1.2.3.4.5", "1:2", "ip4", "ct.new", "bogus", "ip4.src", "inport",
    '"p1"', '"', '"\\u0041"', '"\\x"', "$v4", "$nope", "$empty", "@pg", "@nope", "@pg_none", "$",
    "@", "$mixed", "is_chassis_resident", "//", "/* c */", "/*", "tcp", "é", "10.0.0.0/33",
    "0/0x3", "5/3", "4/0x4", "fd00::/129", "0a:58:0a:00:00:01/ff:00:00:00:00:00", "reg0", "[1]",
    "[0..3]", "eth.type", "\t", "0x" + "1" * 33, "0x" + "0" * 40 + "1",
    "10.0.0.1/4294967304", "0x1" + "0" * 256, "0x" + "f" * 256, "xxreg0", "0.0.0.0/0",
    "1:2:3:4:5:6:7::", "::1", "1::2::3", "000a:bb:cc:d:ee:f", "01:2:3:4:5:6:7:8", '"\\ud83d"',
)  # fmt: skip

Tokens = list[str]


def world_ports(name: str) -> bool:
    """is_chassis_resident() as ovn-trace judges it: each port that exists is resident."""
    return name in WORLD.ports or not name


# --- comparisons -------------------------------------------------------------------------------


def _pool(symbol: Symbol) -> Sequence[str]:
    if symbol.width in _POOLS:
        return _POOLS[symbol.width]
    values = _POOLS[8 if symbol.width < 16 else 16 if symbol.width < 32 else 32]
    return [value for value in values if not _wide(value, symbol.width)] or ["0", "1"]


def _wide(value: str, width: int) -> bool:
    return "." in value or int(value, 0).bit_length() > width


def _constant(rng: Random, symbol: Symbol) -> str:
    value = rng.choice(_pool(symbol))
    masks = _MASKS.get(symbol.width)
    if masks and (":" in value or "." in value) and rng.randint(0, 3) == 0:
        return f"{value}/{rng.choice(masks)}"
    return value


def _values(rng: Random, symbol: Symbol, *, several: bool) -> Tokens:
    """A constant, or where `several` may be, a set."""
    kind = rng.randint(0, 9) if several else 9
    if not symbol.width:
        kind = kind if kind != 9 else 8
        return _ports(rng, kind)
    if kind == 0 and symbol.width in _SETS:
        return [f"${_SETS[symbol.width]}"]
    if kind == 1 and symbol.width >= 32:
        return [rng.choice(("$empty", "$junk"))]
    if kind <= 3:
        items = [_constant(rng, symbol) for _ in range(rng.randint(1, 3))]
        if symbol.width in _SETS and rng.random() < 0.5:
            items.append(f"${_SETS[symbol.width]}")
        separator = [","] if rng.random() < 0.5 else []
        return ["{", *(token for item in items for token in (item, *separator)), "}"]
    return [_constant(rng, symbol)]


def _ports(rng: Random, kind: int) -> Tokens:
    if kind <= 2:
        return [rng.choice(("@pg", "@other", "@pg_none", "@pg"))]
    if kind <= 4:
        return ["{", *(rng.choice(_PORTS) for _ in range(rng.randint(1, 3))), "}"]
    return [rng.choice(_PORTS)]


def _typed(rng: Random, symbol: Symbol, negated: bool) -> tuple[Tokens, bool]:
    """A comparison that follows the type rules, and whether `!` may stand before it."""
    name = symbol.name
    if symbol.width == 1 and rng.randint(0, 3):
        nominal = symbol.level == "nominal"
        if nominal and negated:
            return [name, "==", "0"] if rng.random() < 0.5 else [name, "!=", "1"], False
        return [name], True
    if symbol.level == "nominal":
        operator = "!=" if negated else "=="
        if symbol.expansion is not None:
            return [name, "==", "0" if negated else "1"], False
    else:
        operator = rng.choice(("==", "!="))
    field: Tokens = [name]
    if symbol.level == "ordinal" and rng.randint(0, 2) == 0:
        return _ordered(rng, symbol)
    if symbol.level == "ordinal" and symbol.width > 1 and rng.randint(0, 5) == 0:
        field = [name, *_bits(rng, symbol)]
    values = _values(rng, symbol, several=True)
    if rng.randint(0, 4) == 0:
        return [*values, operator, *field], False
    return [*field, operator, *values], False


def _bits(rng: Random, symbol: Symbol) -> Tokens:
    low = rng.randint(0, symbol.width - 1)
    if rng.random() < 0.5:
        return ["[", str(low), "]"]
    return ["[", str(low), "..", str(rng.randint(low, symbol.width - 1)), "]"]


def _ordered(rng: Random, symbol: Symbol) -> tuple[Tokens, bool]:
    pool = _pool(symbol)
    relop = rng.choice(("<", "<=", ">", ">="))
    field = [symbol.name, *(_bits(rng, symbol) if rng.randint(0, 5) == 0 else [])]
    if rng.random() < 0.5:
        return [*field, relop, rng.choice(pool)], False
    if rng.random() < 0.5:
        return [rng.choice(pool), relop, *field], False
    second = rng.choice((relop[0], f"{relop[0]}="))
    return [rng.choice(pool), relop, *field, second, rng.choice(pool)], False


def _leaf(rng: Random, negated: bool) -> tuple[Tokens, bool]:
    kind = rng.randint(0, 29)
    if kind == 0:
        return [rng.choice(("0", "1"))], True
    if kind == 1:
        port = rng.choice(('"p1"', '"gone"', '""'))
        return ["is_chassis_resident", "(", port, ")"], True
    names = _COMMON if kind < 20 else _NAMES
    return _typed(rng, _SYMBOLS[rng.choice(names)], negated)


# --- expressions -------------------------------------------------------------------------------


def _expression(rng: Random, depth: int, negated: bool) -> Tokens:
    count = rng.randint(1, 3)
    operator = rng.choice(("&&", "||"))
    tokens: Tokens = []
    for place in range(count):
        tokens += [operator] if place else []
        tokens += _operand(rng, depth, negated)
    return tokens


def _operand(rng: Random, depth: int, negated: bool) -> Tokens:
    invert = rng.randint(0, 3) == 0
    inner = negated != invert
    if depth and rng.randint(0, 2) == 0:
        tokens, atomic = ["(", *_expression(rng, depth - 1, inner), ")"], True
    else:
        tokens, atomic = _leaf(rng, inner)
    if not invert:
        return tokens
    return ["!", *tokens] if atomic else ["!", "(", *tokens, ")"]


def _joined(tokens: Sequence[str], tight: bool) -> str:
    if not tight:
        return " ".join(tokens)
    text = ""
    for token in tokens:
        words = text[-1:].isalnum() or text[-1:] in "._:"
        text += f" {token}" if words and (token[0].isalnum() or token[0] in "._:") else token
    return text


def well_typed(rng: Random) -> str:
    """An expression that follows the type rules: OVN accepts nearly all."""
    return _joined(_expression(rng, 2, False), rng.randint(0, 3) == 0)


def ill_typed(rng: Random) -> str:
    """An expression with something wrong in it: OVN refuses most."""
    kind = rng.randint(0, 3)
    if kind == 0:
        symbol = _SYMBOLS[rng.choice(_NAMES)]
        relop = rng.choice(("==", "!=", "<", "<=", ">", ">=", "="))
        values = _values(rng, _SYMBOLS[rng.choice(_NAMES)], several=True)
        bits = _bits(rng, symbol) if symbol.width and rng.random() < 0.5 else []
        tokens = [*(["!"] if rng.random() < 0.5 else []), symbol.name, *bits, relop, *values]
    else:
        tokens = _expression(rng, 1, rng.randint(0, 5) == 0)
    for _ in range(rng.randint(0 if kind == 0 else 1, 2)):
        place = rng.randint(0, len(tokens))
        tokens[place : place + rng.randint(0, 1)] = [rng.choice(_JUNK)]
    return _joined(tokens, rng.randint(0, 3) == 0)


# --- packets -----------------------------------------------------------------------------------

_BITS: Final = ("ct_state", "ct_mark", "ct_label", "reg0", "reg8", "xxreg1", "flags", "pkt.mark")


def packet(rng: Random) -> str:
    """A microflow that names an inport and leaves no choice, though it may contradict itself."""

    def some(name: str) -> str:
        return f"{name} == {rng.choice(_pool(_SYMBOLS[name]))}"

    terms = ['inport == "p1"' if rng.random() < 0.5 else 'inport == "tiny pod"']
    terms += [some("eth.src"), some("eth.dst")] if rng.random() < 0.5 else [some("eth.dst")]
    if rng.randint(0, 2) == 0:
        terms.append(rng.choice(('outport == "p2"', 'outport == "p1"')))
    if rng.randint(0, 4) == 0:
        terms.append(some("vlan.tci"))
    terms += [some(name) for name in rng.sample(_BITS, rng.randint(0, 2))]
    family = rng.choice(("ip4", "ip4", "ip6", "arp", "rarp", "none"))
    if family in ("arp", "rarp"):
        terms += [family, some(f"{family}.op"), some(f"{family}.spa"), some(f"{family}.sha")]
    elif family != "none":
        terms += [family, some(f"{family}.src"), some(f"{family}.dst"), _transport(rng, family)]
        terms += [some("ip.ttl"), f"ip.frag == {rng.randint(0, 3)}"]
    rng.shuffle(terms)
    return " && ".join(terms)


def _transport(rng: Random, family: str) -> str:
    proto = rng.choice(("tcp", "udp", "sctp", "icmp", "nd", "other"))
    if proto in ("tcp", "udp", "sctp"):
        ports = [rng.choice(("0", "80", "443", "65535", "1", "32768")) for _ in "sd"]
        return f"{proto} && {proto}.src == {ports[0]} && {proto}.dst == {ports[1]}"
    if proto == "other" or (proto == "nd" and family == "ip4"):
        return f"ip.proto == {rng.choice((0, 2, 255))}"
    kind = rng.choice((0, 8, 130, 133, 135, 136, 143))
    if proto == "icmp":
        icmp = "icmp4" if family == "ip4" else "icmp6"
        return f"{icmp}.type == {kind} && {icmp}.code == {rng.choice((0, 1))}"
    return "nd_ns && nd.target == fd00::2 && nd.sll == 0a:58:0a:00:00:02"
