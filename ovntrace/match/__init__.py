"""The match language of OVN's logical flows and ACLs: parse, print, evaluate.

The reference is ovn-sb(5), table Logical_Flow, column match; where it and OVN's lib/expr.c
differ, the program decides. Everything here is a function of its arguments: no file, socket,
clock or environment is touched.
"""

from ovntrace.match.annotate import annotate
from ovntrace.match.ast import (
    And,
    Compare,
    Expr,
    InSet,
    Or,
    PortIs,
    Resident,
    Truth,
    leaves,
    unknown_names,
)  # fmt: skip
from ovntrace.match.errors import MatchError
from ovntrace.match.evaluate import truth
from ovntrace.match.explain import Decisive, Outcome, explain
from ovntrace.match.installed import as_installed, hint_of
from ovntrace.match.members import MISSING, Addresses, Missing, Names, Ports, UnknownNames
from ovntrace.match.microflow import parse_microflow
from ovntrace.match.packet import FieldError, Packet
from ovntrace.match.parser import parse
from ovntrace.match.printing import format_expr
from ovntrace.match.simplify import simplify
from ovntrace.match.symbols import Symbol, SymbolTable, symbols_of
from ovntrace.match.versions import NEWEST, OLDEST, Version, version_of

__all__ = [
    "MISSING", "NEWEST", "OLDEST", "Addresses", "And", "Compare", "Decisive", "Expr",
    "FieldError", "InSet", "MatchError", "Missing", "Names", "Or", "Outcome", "Packet", "PortIs",
    "Ports", "Resident", "Symbol", "SymbolTable", "Truth", "UnknownNames", "Version", "annotate",
    "as_installed", "explain", "format_expr", "hint_of", "leaves", "parse", "parse_microflow",
    "simplify", "symbols_of", "truth", "unknown_names", "version_of",
]  # fmt: skip
