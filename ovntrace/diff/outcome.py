"""Whether two snapshots differ, and the exit code that says so."""

from ovntrace.diff.types import DiffView
from ovntrace.errors import ExitCode


def differs(view: DiffView) -> bool:
    """True if a difference is proved. Noise is none."""
    return any(
        (
            view.nodes,
            view.workloads,
            view.policies,
            view.acls,
            view.groups,
            view.sets,
            view.flips,
        )
    )


def diff_exit_code(view: DiffView) -> ExitCode:
    """BROKEN (1) if something differs; else NO_ANSWER if a difference may hide behind what one side
    lacks, or a verdict is known on one side only. Else OK."""
    if differs(view):
        return ExitCode.BROKEN
    if view.flows.lost or any(gap.hides for gap in view.gaps):
        return ExitCode.NO_ANSWER
    return ExitCode.OK
