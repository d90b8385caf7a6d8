"""What may be filled into a command of the table of artefacts, and what not.

A value is one whole argument, or the end of a `--name=`; it is checked before it gets there, so
that no text from a cluster can become an option.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Values = Mapping[str, str | tuple[str, ...]]
Filled = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a caller may fill in: `name` stands in braces in a word of argv, and the word is given
    once for each value. A value must match `allowed` as a whole."""

    name: str
    allowed: re.Pattern[str]
    most: int = 1  # values


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UUID_START = re.compile(r"[0-9a-f]{8}")
CT_STATE = re.compile(r"trk(,(new|est|rel|rpl|inv)){1,5}")
# It stands behind `--`; what follows is a quoted name and numbers, of which no option can be made.
MICROFLOW = re.compile(r"inport == [^\0]{1,8000}")
OPENFLOW = re.compile(r"in_port=[0-9]{1,5}(,[a-z0-9_]{1,20}(=[0-9a-f.:/x]{1,60})?){1,30}", re.ASCII)
# A bridge is an interface's name (15 characters, IFNAMSIZ), and no address of a connection method.
BRIDGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}", re.ASCII)
# Whole paths of the two databases' own files, and of nothing else.
NB_FILE = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}){1,12}/ovnnb_db\.db", re.ASCII)
SB_FILE = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}){1,12}/ovnsb_db\.db", re.ASCII)
CT_IN = Parameter("ct_in", CT_STATE)
CT_OUT = Parameter("ct_out", CT_STATE)


def filled_of(parameters: Sequence[Parameter], values: Values) -> Filled:
    """The values, checked. Raises ValueError for one that is not allowed, and for too few, too
    many or unknown ones."""
    given = {n: (v,) if isinstance(v, str) else tuple(v) for n, v in values.items()}
    names = {parameter.name for parameter in parameters}
    if set(given) != names:
        raise ValueError(f"the parameters are {sorted(names)}, not {sorted(given)}")
    for parameter in parameters:
        found = given[parameter.name]
        if not 1 <= len(found) <= parameter.most:
            raise ValueError(f"{len(found)} values of {parameter.name}")
        bad = [value for value in found if not parameter.allowed.fullmatch(value)]
        if bad:
            raise ValueError(f"not allowed as {parameter.name}: {bad[0]!r}")
    return tuple(sorted(given.items()))


def words_of(template: str, given: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A word of argv as it is run: one for each value of the name in braces, if there is one."""
    before, opening, rest = template.partition("{")
    name, closing, after = rest.partition("}")
    if not opening or not closing or name not in given:
        return (template,)
    return tuple(f"{before}{value}{after}" for value in given[name])
