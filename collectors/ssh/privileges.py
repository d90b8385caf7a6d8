"""sudo that says no: told apart from the command's own failures."""

import re

from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

# sudo's own words (1.8 and 1.9), and those of sudo-rs. Its first line tells; an advice may follow.
_REFUSED = re.compile(
    r"^(?:sudo(?:-rs)?: [^\n]*\b(?:is required|have a tty|not in the sudoers file|I'm sorry)[^\n]*"
    r"|Sorry, user [^\n]*"
    r"|\S+ is not in the sudoers file[^\n]*)$",
    re.MULTILINE,
)
_NO_PROGRAM = re.compile(r"^sudo: \S+: command not found$", re.MULTILINE)
_HINT = "allow it without a password there (NOPASSWD), or log in as root"


def refused_sudo(user: str, exit_code: int, stderr: str) -> Failure | None:
    """Why sudo did not run the command; None if it did, as far as it says."""
    if exit_code == 0:
        return None
    said = _REFUSED.search(stderr)
    if said is None:
        return None
    words = said.group().removeprefix("sudo: ")
    return Failure(Reason.DENIED, f"sudo is refused for {user}: {words[:200]}", _HINT)


def lacks_program(stderr: str) -> bool:
    """True if sudo found no such program in its own PATH."""
    return _NO_PROGRAM.search(stderr) is not None
