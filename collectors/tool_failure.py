"""What a failed program means: a reason, one line of detail, and what to try."""

import re
import shlex
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from collectors.artifacts import Artefact
from ovntrace.model.capture import Missing, Reason, Target


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a program has no answer for us."""

    reason: Reason
    detail: str
    hint: str = ""

    def missing(self, target: Target, artefact: str, origin: str) -> Missing:
        """The artefact that is not there because of it."""
        return Missing(target, artefact, self.reason, self.detail, self.hint, origin)


# The first pattern that is found in stderr decides. The words are those of OVS's lib/ and
# utilities/, iproute2, busybox, runc, crun and containerd.
_SIGNS: tuple[tuple[str, Reason, str], ...] = (
    (
        r"database connection failed \(Permission denied\)|failed to open socket \(Permission",
        Reason.DENIED,
        "run it as root, or as a member of the socket's group",
    ),
    (
        r"database connection failed",
        Reason.UNREACHABLE,
        "is its ovsdb-server running, and its socket there?",
    ),
    (
        r"failed to open socket|failed to connect to socket|is not a bridge or a socket",
        Reason.UNREACHABLE,
        "is ovs-vswitchd running, and the bridge there?",
    ),
    (r"Cannot open network namespace .*No such file", Reason.ABSENT, ""),
    # The file that gzip or cat should have read; busybox's words are the second.
    (r"(?m)^(gzip|cat): (/\S+|can't open '.*'): No such file", Reason.ABSENT, ""),
    (
        r"Permission denied|Operation not permitted|must be root",
        Reason.DENIED,
        "it needs more rights on that machine",
    ),
    (r"unknown table|unknown column|unknown command", Reason.UNSUPPORTED, ""),
    (
        r"unrecognized option|invalid option|unknown option|Option \"[^\"]*\" is unknown",
        Reason.UNSUPPORTED,
        "that program is too old or too small for the option",
    ),
)
# runc, crun and containerd, of a program that the image does not have.
_NOT_FOUND = re.compile(
    r"executable file .*not found|exec: .*: no such file or directory|"
    r"stat \S+: no such file or directory"
)
_COMPILED = tuple((re.compile(sign), reason, hint) for sign, reason, hint in _SIGNS)
_ALARM_EXITS = (-signal.SIGALRM, 128 + signal.SIGALRM)
_LIMIT_EXIT = 124  # of timeout(1)
_KILL_EXITS = (-signal.SIGKILL, 128 + signal.SIGKILL)
_MAX_DETAIL = 400


def failure_of(argv: Sequence[str], exit_code: int, stderr: str) -> Failure:
    """What it means that `argv` ended with `exit_code` (not 0) and said `stderr`."""
    tool = tool_of(argv)
    if exit_code in _ALARM_EXITS or (_is_limited(argv) and exit_code == _LIMIT_EXIT):
        return Failure(
            Reason.TIMEOUT,
            f"{tool} had no answer before its own time limit ({_limit(argv)})",
            "the daemon behind it hangs or is overloaded: try a longer --timeout",
        )
    if exit_code in _KILL_EXITS:
        return Failure(Reason.UNREACHABLE, f"{tool} was killed")
    said = last_line(stderr)
    detail = f"{tool}: exit code {exit_code}" + (f": {_without(said, tool)}" if said else "")
    known = failure_by_words(tool, stderr, detail)
    if known is not None:
        return known
    if exit_code == 127:
        return not_installed(tool)
    if exit_code == 126:
        return Failure(Reason.DENIED, detail)
    return Failure(Reason.UNREACHABLE, detail, f"try it by hand: {shlex.join(argv)}")


def tool_of(argv: Sequence[str]) -> str:
    """The program that is meant: the one behind timeout(1), if that starts it."""
    if _is_limited(argv):
        return argv[2]
    return argv[0] if argv else "command"


def _is_limited(argv: Sequence[str]) -> bool:
    return len(argv) > 2 and argv[0] == "timeout"


def failure_by_words(tool: str, text: str, detail: str) -> Failure | None:
    """What the words of a program or of a container runtime say; None if they are not known."""
    if _NOT_FOUND.search(text):
        return not_installed(tool)
    if "BusyBox" in text:
        return Failure(Reason.UNSUPPORTED, f"that {tool} is busybox's and knows no such options")
    for sign, reason, hint in _COMPILED:
        if sign.search(text):
            return Failure(reason, detail, hint)
    return None


def failure_of_run(
    artefact: Artefact, argv: Sequence[str], exit_code: int, stderr: str
) -> Failure | None:
    """None if the run has an answer: it ended well, or it is a probe whose daemon is silent."""
    if exit_code == 0:
        return None
    failure = failure_of(argv, exit_code, stderr)
    if artefact.probe and failure.reason in (Reason.UNREACHABLE, Reason.TIMEOUT):
        return None
    return failure


def not_installed(tool: str) -> Failure:
    """The program is not there at all."""
    return Failure(Reason.ABSENT, f"the program {tool} is not there")


def timed_out(tool: str, timeout_s: float) -> Failure:
    """We stopped waiting."""
    return Failure(
        Reason.TIMEOUT, f"{tool} had no answer within {timeout_s:g} s", "try a longer --timeout"
    )


def last_line(text: str) -> str:
    """The last line that says something, bounded."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:_MAX_DETAIL] if lines else ""


def decode(stderr: bytes) -> str:
    """stderr as text, whatever is in it."""
    return stderr[-65536:].decode("utf-8", "replace")


def _without(line: str, tool: str) -> str:
    return line.removeprefix(f"{tool}: ")


def _limit(argv: Sequence[str]) -> str:
    if _is_limited(argv):
        return f"{argv[1]} s"
    for word in argv:
        if word.startswith("--timeout="):
            return f"{word.removeprefix('--timeout=')} s"
    return "unknown"
