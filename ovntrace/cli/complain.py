"""Errors as a person and a program see them: one line on stderr, one object on stdout."""

import sys
import traceback
from collections.abc import Sequence

from ovntrace.cli.emit import emit, has_spoken
from ovntrace.errors import OvntraceError
from renderers.text import advice, visible


def error_line(error: OvntraceError) -> str:
    """`PLACE: MESSAGE; candidates: A, B (HINT)`, on one line whatever is in it."""
    line = f"{error.place}: {error.message}" if error.place else error.message
    if error.candidates:
        line += f"; candidates: {', '.join(error.candidates)}"
    if error.hint:
        line += f" ({advice(error.hint)})"
    return visible(" ".join(line.split()))


def say(line: str) -> None:
    """One line on stderr; without a stderr there is nobody to tell."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        return


def complain(error: OvntraceError, argv: Sequence[str], kinds: Sequence[str]) -> None:
    """Tell of `error`; `argv` says in which form, `kinds` are the names of the commands."""
    if "--debug" in argv:
        say("".join(traceback.format_exception(error)).rstrip())
    say(f"ovntrace: {error_line(error)}")
    form = wanted_form(argv)
    if form is None or has_spoken():
        return
    from renderers.formats import render_error

    emit(render_error(wanted_kind(argv, kinds), error, form))


def wanted_form(argv: Sequence[str]) -> str | None:
    """`json` or `yaml` if the arguments ask for it, else None.

    Read from the bare arguments, since the error can be one of parsing them.
    """
    asked: str | None = None
    for index, word in enumerate(argv):
        if word == "--":
            break
        following = argv[index + 1] if index + 1 < len(argv) else ""
        if word in ("-o", "--output"):
            asked = following
        elif word.startswith("--output="):
            asked = word.removeprefix("--output=")
        elif word.startswith("-o"):
            asked = word.removeprefix("-o").removeprefix("=")
    return asked if asked in ("json", "yaml") else None


def wanted_kind(argv: Sequence[str], kinds: Sequence[str]) -> str:
    """The command that was meant; `ovntrace` if none was named."""
    return next((word for word in argv if word in kinds), "ovntrace")
