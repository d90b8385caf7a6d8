"""The one exception tree. Each error carries what a person needs: message, place, hint."""

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command; documented in README and docs/exit-codes.md."""

    OK = 0
    BROKEN = 1
    USAGE = 2
    NO_ANSWER = 3
    BUG = 70
    INTERRUPTED = 130


class OvntraceError(Exception):
    """Anything that a person is told in one line.

    `message` says what, `place` where (node, file, server; may be empty), `hint` what to try,
    `candidates` at most four names that may have been meant.
    """

    exit_code = ExitCode.NO_ANSWER

    def __init__(
        self,
        message: str,
        *,
        place: str = "",
        hint: str = "",
        candidates: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint
        self.candidates = tuple(candidates)[:4]


class WrongQuestionError(OvntraceError):
    """Usage, an unknown or ambiguous name, an unreadable configuration: exit code 2."""

    exit_code = ExitCode.USAGE


class NoAnswerError(OvntraceError):
    """Nothing could be read that would answer: exit code 3."""

    exit_code = ExitCode.NO_ANSWER
