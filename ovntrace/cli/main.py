"""The entry points, and the map from every outcome to an exit code.

Click exits with 1 for a bug, a usage error of its own, Ctrl-C and a broken pipe alike, and 1 means
"broken" here. So click never ends the process: it parses and calls, and what comes out of it is
mapped here. Nothing heavy is imported at the top, not even click: a Ctrl-C during an import is
one too.
"""

import gc
import sys
from collections.abc import Sequence
from typing import NoReturn

from ovntrace.errors import ExitCode, OvntraceError, WrongQuestionError

COMPLETE_VAR = "_OVNTRACE_COMPLETE"


class FaultError(OvntraceError):
    """A bug in ovntrace."""

    exit_code = ExitCode.BUG


def run() -> NoReturn:
    """The entry point `ovntrace`."""
    _leave(main(sys.argv[1:], "ovntrace"))


def run_kubectl() -> NoReturn:
    """The entry point `kubectl-ovntrace`, which kubectl and oc run as `kubectl ovntrace`."""
    _leave(main(sys.argv[1:], "kubectl ovntrace"))


def main(argv: Sequence[str], prog: str) -> int:
    """Run a command line; its exit code. Raises nothing."""
    # A question lives for a second and makes next to no cyclic garbage, but a collector would
    # rescan every row again and again while a database is read.
    gc.disable()
    try:
        try:
            return _answer(argv, prog)
        except OvntraceError as error:
            return _tell(error, argv)
        except Exception as error:
            return _tell(_fault(error), argv)
        except SystemExit as error:
            # No library of ours may end the process with a code that means something here.
            return _tell(_fault(error), argv)
    except KeyboardInterrupt:
        return _interrupted()


def _answer(argv: Sequence[str], prog: str) -> int:
    import os

    import click

    from ovntrace.cli.app import app

    instruction = os.environ.get(COMPLETE_VAR)
    if instruction:
        from ovntrace.cli.complete import answer_shell

        return answer_shell(app, instruction)
    try:
        with app.make_context(prog, list(argv)) as context:
            return int(app.invoke(context))
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except click.ClickException as error:
        raise _usage(error, prog) from error


def _usage(error: Exception, prog: str) -> WrongQuestionError:
    """A click error as one of ours; its hint is the help of the command that was meant."""
    context = getattr(error, "ctx", None)
    path = prog if context is None else context.command_path
    format_message = getattr(error, "format_message", error.__str__)
    return WrongQuestionError(format_message(), hint=f"{path} --help")


def _fault(error: BaseException) -> FaultError:
    kind = type(error).__name__
    fault = FaultError(
        f"a fault in ovntrace: {kind}: {error}" if str(error) else f"a fault in ovntrace: {kind}",
        hint="the same with --debug, and report what it prints",
    )
    fault.__cause__ = error
    return fault


def _tell(error: OvntraceError, argv: Sequence[str]) -> int:
    from ovntrace.cli.commandtable import COMMANDS
    from ovntrace.cli.complain import complain

    try:
        complain(error, argv, tuple(COMMANDS))
    except OvntraceError as second:
        # Stdout can't be written: stderr has the line already.
        return second.exit_code if error.exit_code is ExitCode.OK else error.exit_code
    return error.exit_code


def _interrupted() -> int:
    from ovntrace.cli.complain import say

    say("ovntrace: interrupted")
    return ExitCode.INTERRUPTED


def _leave(code: int) -> NoReturn:
    """End the process.

    After Ctrl-C at once: a thread that still waits for a node would hold the interpreter at its
    exit. What atexit has to clear away (a client's temporary key files) is cleared first.
    """
    if code == ExitCode.INTERRUPTED:
        import atexit
        import os

        try:
            atexit._run_exitfuncs()
        except BaseException:  # a second Ctrl-C, or a fault in someone's cleaning up
            os._exit(code)
        os._exit(code)
    sys.exit(code)
