"""`ovntrace doctor`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ovntrace.cli.app import Command
from ovntrace.cli.emit import emit
from ovntrace.cli.options import (
    WayIn,
    namespace_option,
    output_option,
    screen_of,
    screen_options,
    way_in_options,
)
from renderers.formats import DOCTOR_FORMATS

if TYPE_CHECKING:
    from ovntrace.doctor.types import WayChecked

Say = Callable[[str], None]


@click.command(cls=Command)
@namespace_option
@output_option(DOCTOR_FORMATS)
@way_in_options
@screen_options
def doctor(namespace: str | None, output: str, **shared: Any) -> int:
    """Say for the ways in at hand what works, what is missing and how to get it.

    Tools, sockets, rights, versions, and clocks that differ. Without a way in the cluster of the
    kubeconfig and this machine are looked at; with one (--from, --local, --ssh, --ovsdb,
    --kubeconfig, --context) that alone. Nothing is changed.

    Exits with 3 if something that ovntrace needs is missing, or no way in is at hand, else with 0.
    """
    way = WayIn.of(shared)
    import time
    from datetime import UTC, datetime

    from ovntrace.cli.progress import Progress
    from ovntrace.doctor.types import DoctorView
    from renderers.formats import render_doctor

    with Progress() as progress:
        ways = _ways(way, namespace, progress)
    taken_at = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    view = DoctorView(taken_at, ways)
    look = screen_of(shared)
    emit(render_doctor(view, output, width=look.width, color=look.color))
    return view.exit_code


def _ways(way: WayIn, namespace: str | None, say: Say) -> "tuple[WayChecked, ...]":
    """The one that was chosen, or all that need no option."""
    if way.from_paths:
        from ovntrace.cli.doctor_dump import checked as dump_checked

        return (dump_checked(way.from_paths, way.timeout_s, say),)
    if way.ssh is not None:
        from ovntrace.cli.doctor_ssh import checked as ssh_checked

        return (ssh_checked(way.ssh, way, say),)
    if way.ovsdb is not None:
        from ovntrace.cli.doctor_ovsdb import checked as ovsdb_checked

        return (ovsdb_checked(way.ovsdb, way.timeout_s, say),)
    from ovntrace.cli.doctor_kube import checked as kube_checked
    from ovntrace.cli.doctor_local import checked as local_checked

    if way.local:
        return (local_checked(way.timeout_s, say, is_asked=True),)
    if any(one is not None for one in (way.kubeconfig, way.context, way.ovn_namespace)):
        return (kube_checked(way, namespace, say, is_asked=True),)
    from ovntrace.cli.doctor_together import together
    from ovntrace.doctor.others import not_asked

    both = together(
        [
            lambda: kube_checked(way, namespace, say, is_asked=False),
            lambda: local_checked(way.timeout_s, say, is_asked=False),
        ]
    )
    return (*both, *not_asked())
