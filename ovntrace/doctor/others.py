"""Ways in that nobody asked for, and that can't be found out without being told of."""

from typing import Final

from ovntrace.doctor.types import Check, CheckState, Topic, WayChecked

_OTHERS: Final = (
    ("ssh", "nodes by SSH, where no API answers", "ovntrace doctor --ssh [USER@]HOST"),
    ("ovsdb", "databases over OVSDB", "ovntrace doctor --ovsdb nb=tcp:HOST:6641"),
    ("dump", "a dump, must-gather or sosreport", "ovntrace doctor --from PATH"),
)


def not_asked() -> tuple[WayChecked, ...]:
    """Each with how to ask for it."""
    return tuple(
        WayChecked(
            kind,
            "",
            (
                Check(
                    Topic.WAY,
                    kind,
                    CheckState.NOT_ASKED,
                    detail=detail,
                    hint=hint,
                    needed=False,
                ),
            ),
            at_hand=False,
        )
        for kind, detail, hint in _OTHERS
    )
