"""The exit codes that say what a trace came to, alone or within an explanation."""

from ovntrace.errors import ExitCode
from ovntrace.verdict.types import TraceView
from ovntrace.view.outcome import exit_code
from ovntrace.view.types import ExplainView

_STOPPED = frozenset({"drop", "reject"})


def trace_exit_code(*views: TraceView) -> ExitCode:
    """BROKEN if a packet or a reply of any direction is dropped or rejected; else NO_ANSWER if a
    verdict is open; else OK."""
    verdicts = [view.verdict for view in views]
    verdicts += [view.reply.verdict for view in views if view.reply is not None]
    if not _STOPPED.isdisjoint(verdicts):
        return ExitCode.BROKEN
    return ExitCode.OK if set(verdicts) <= {"allow"} else ExitCode.NO_ANSWER


def explain_exit_code(view: ExplainView, flow: TraceView) -> ExitCode:
    """The exit code of `explain --to`: what is broken or stopped comes before what is not known."""
    codes = {exit_code(view), trace_exit_code(flow)}
    return next(
        code for code in (ExitCode.BROKEN, ExitCode.NO_ANSWER, ExitCode.OK) if code in codes
    )
