"""What people paste into a ticket: outputs of several commands below each other, told apart by
prompts, by typed commands, and by what the lines look like.

Total: any text in, its sections out; every line that is not a command's is in exactly one.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from collectors.parse.list_lines import is_heading
from collectors.parse.list_text import lines_of


class SectionKind(StrEnum):
    """What an output is of."""

    LIST = "list"
    SHOW_NB = "show-nb"
    SHOW_SB = "show-sb"
    SHOW_OVS = "show-ovs"
    IP_ADDRESS = "ip-address"
    PING = "ping"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Section:
    """One command's output."""

    kind: SectionKind
    command: tuple[str, ...]
    """The command's words, without what ran it elsewhere (oc exec) and without pipes; empty if no
    line names one."""
    typed: str
    """The line that names it, without its prompt."""
    filtered: bool
    """True if a pipe (grep, head) may have left lines out."""
    database: str | None
    table: str | None
    """The word for the table of a `list` or `find`, as it was typed."""
    text: str
    line: int
    """Where the text begins, from 1."""


_ESCAPES = re.compile(r"\x1b\[[0-9;?]*+[ -/]*+[@-~]|\x1b\][^\x07\x1b]*+(?:\x07|\x1b\\)")
_PROMPT = re.compile(
    r"""\s{0,8}+(?:
        \[[^\]\n]{1,80}\][\#$%]\s      # [root@node ~]#
      | (?:sh|bash)-[0-9.]{1,8}[\#$]\s # sh-5.1#
      | [\w.-]{1,64}@[\w.-]{1,64}:[^\#$\n]{0,80}[\#$]\s  # core@node:~$
      | /[^\s\#$]{0,40}\s?[\#$]\s      # / #
      | \$\s
    )\s*+(.*)\Z""",
    re.VERBOSE,
)
_BARE_PROMPT = re.compile(r"\s{0,8}+(?:\[[^\]\n]{1,80}\]|(?:sh|bash)-[0-9.]{1,8})[#$%]\s*\Z")
_TYPED = re.compile(
    r"""\s{0,8}+(?:[\#$+>]\s*+)?
    ((?:[\w.~-]*/)*+(?:ovn-nbctl|ovn-sbctl|ovs-vsctl|ovs-ofctl|ovs-appctl|ovs-dpctl|ovn-trace
      |ovn-appctl|ovn-detrace)\s.*
    |(?:oc|kubectl)\s+(?:exec|rsh|debug|get|describe|logs|adm)\s.*
    |(?:sudo|nsenter|podman|docker|crictl|ssh)\s.*
    |ip\s+(?:-\S+\s+)*+(?:a|addr|address|l|link|r|ro|route|n|neigh|netns|rule|tap)\b.*
    |ping6?\s+\S.*
    |(?:ethtool|tc|bridge|nft|tracepath|traceroute)\s+\S.*)\Z""",
    re.VERBOSE,
)
_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_LOOKS: Final[Sequence[tuple[SectionKind, re.Pattern[str]]]] = (
    (SectionKind.SHOW_NB, re.compile(rf"(?:switch|router) {_UUID}\b")),
    (SectionKind.SHOW_NB, re.compile(r" {4,}port \S")),
    (SectionKind.SHOW_SB, re.compile(r'Chassis (?:"|[A-Za-z_])')),
    (SectionKind.SHOW_SB, re.compile(r" {4,}Port_Binding \S")),
    (SectionKind.SHOW_OVS, re.compile(rf"{_UUID}\s*\Z")),
    (SectionKind.SHOW_OVS, re.compile(r" {4,}(?:Bridge|Port|Interface) \S")),
    (SectionKind.IP_ADDRESS, re.compile(r"[0-9]{1,6}: [^\s:]{1,64}: <[A-Z0-9_,-]*>")),
    (SectionKind.PING, re.compile(r"PING \S")),
)
_DATABASES: Final[Mapping[str, str]] = {"ovn-nbctl": "nb", "ovn-sbctl": "sb", "ovs-vsctl": "ovs"}
_SHOWS: Final[Mapping[str, SectionKind]] = {
    "nb": SectionKind.SHOW_NB,
    "sb": SectionKind.SHOW_SB,
    "ovs": SectionKind.SHOW_OVS,
}
_TOOLS: Final = re.compile(
    r"(?:ovn-(?:nbctl|sbctl|trace|appctl|detrace)|ovs-(?:vsctl|ofctl|appctl|dpctl)|ip|ping6?"
    r"|ethtool|tc|bridge|nft|tracepath|traceroute)\Z"
)
_WITH_VALUE: Final = frozenset(("-t", "--timeout", "--db", "-d", "-f", "--columns", "--format"))
_LONGEST_COMMAND: Final = 10_000


class _Sections:
    def __init__(self, lines: Sequence[str]) -> None:
        self.found: list[Section] = []
        self._typed = ""
        self._kind: SectionKind | None = None
        self._lines: list[str] = []
        self._begin = 1
        for number, line in enumerate(lines, 1):
            typed = _command_on(line)
            if typed is not None:
                self._end(number + 1, typed)
                continue
            look = _look(line)
            if look is not None and look is not self._kind:
                self._change(number, look)
            self._lines.append(line)
        self._end(0, "")

    def _change(self, number: int, look: SectionKind) -> None:
        """Lines of another kind begin: another output, unless they are the first of this one."""
        if self._kind is not None:
            self._end(number, "")
        self._kind = look

    def _end(self, begin: int, typed: str) -> None:
        if self._typed or any(line.strip() for line in self._lines):
            lines = _uncommented(self._lines)
            self.found.append(_section(self._typed, self._kind, lines, self._begin))
        self._typed, self._lines, self._begin, self._kind = typed, [], begin, None


def _command_on(line: str) -> str | None:
    """The command that a line names; "" for a prompt with none, None for a line of output."""
    if len(line) > _LONGEST_COMMAND:
        return None
    if _BARE_PROMPT.match(line):
        return ""
    found = _PROMPT.match(line) or _TYPED.match(line)
    return found[1].strip() if found is not None else None


def _look(line: str) -> SectionKind | None:
    return _plain_look(line) or (_plain_look(line[2:]) if line.startswith("# ") else None)


def _plain_look(line: str) -> SectionKind | None:
    if is_heading(line):
        return SectionKind.LIST
    return next((kind for kind, pattern in _LOOKS if pattern.match(line)), None)


def _uncommented(lines: Sequence[str]) -> list[str]:
    """Without what stands before each line of output: `# `, `> ` of a mail, or blanks."""
    inked = [line for line in lines if line.strip()]
    commented = any(line.startswith("# ") and _plain_look(line[2:]) for line in inked)
    if commented and not any(map(_plain_look, inked)):
        return [line.removeprefix("#").removeprefix(" ") for line in lines]
    if inked and all(line.startswith(">") for line in inked):
        return [line[1:].removeprefix(" ") for line in lines]
    blanks = min((len(line) - len(line.lstrip(" ")) for line in inked), default=0)
    headings = blanks and any(is_heading(line.lstrip(" ")) for line in inked)
    return [line[blanks:] for line in lines] if headings else list(lines)


def _section(typed: str, look: SectionKind | None, lines: Sequence[str], begin: int) -> Section:
    command, filtered = _words(typed)
    kind, database, table = _meaning(command)
    if kind is SectionKind.OTHER or (look is not None and look is not kind):
        if look is not None:
            kind = look
        if kind is not SectionKind.LIST:
            database, table = _database_of(kind), None
    return Section(kind, command, typed, filtered, database, table, "\n".join(lines), begin)


def _database_of(kind: SectionKind) -> str | None:
    return next((name for name, show in _SHOWS.items() if show is kind), None)


def _words(typed: str) -> tuple[tuple[str, ...], bool]:
    """The words of the tool's own command, and is it filtered?"""
    try:
        lexer = shlex.shlex(typed, posix=True, punctuation_chars="|;&")
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        words = typed.split()
    ends = [at for at, word in enumerate(words) if word and set(word) <= set("|;&")]
    own = words[: ends[0]] if ends else words
    for at, word in enumerate(own):
        name = word.rpartition("/")[2]
        if _TOOLS.match(name):
            rest = own[at + 1 :]
            return (name, *rest), bool(ends and words[ends[0]].startswith("|"))
    return tuple(own), bool(ends)


def _meaning(command: Sequence[str]) -> tuple[SectionKind, str | None, str | None]:
    if not command:
        return SectionKind.OTHER, None, None
    tool = command[0]
    words = list(_plain_words(command[1:]))
    database = _DATABASES.get(tool)
    if database is not None and words:
        if words[0] == "show":
            return _SHOWS[database], database, None
        if words[0] in ("list", "find"):
            several = sum(word in ("list", "find") for word in words) > 1 and "--" in command
            return SectionKind.LIST, database, None if several else next(iter(words[1:]), None)
    if tool == "ip" and words and "address".startswith(words[0]):
        return SectionKind.IP_ADDRESS, None, None
    if tool in ("ping", "ping6"):
        return SectionKind.PING, None, None
    return SectionKind.OTHER, database, None


def _plain_words(words: Sequence[str]) -> Iterator[str]:
    """Words that are no options and no options' values."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _WITH_VALUE
        else:
            yield word


def parse_session(text: bytes | str) -> tuple[Section, ...]:
    """The sections of a text, in order."""
    return tuple(_Sections([_ESCAPES.sub("", line) for line in lines_of(text)]).found)
