"""`ovntrace lint`."""

from typing import Any

import click

from ovntrace.cli.app import Command
from ovntrace.cli.emit import emit
from ovntrace.cli.options import WayIn, output_option, screen_of, screen_options, way_in_options
from renderers.formats import LINT_FORMATS


@click.command(cls=Command)
@click.option("--switch", metavar="NAME", help="Only this logical switch.")
@click.option("--network", metavar="NET", help="Only switches of this network, as ls names it.")
@click.option("--node", metavar="NODE", help="Only this node's zone.")
@output_option(LINT_FORMATS)
@way_in_options
@screen_options
def lint(
    switch: str | None, network: str | None, node: str | None, output: str, **shared: Any
) -> int:
    """Find ACLs that are not in force because their match does not compile.

    OVN takes such an ACL and installs it nowhere; nobody tells but ovn-controller's log. It is
    judged for each switch that it is on, as that switch's OVN compiles it.

    Exits with 1 if one was found, else with 3 if something could not be read, else with 0.
    """
    way = WayIn.of(shared)
    import time

    from ovntrace.cli.collect import for_zones
    from ovntrace.cli.progress import Progress
    from ovntrace.cli.way_in import opened
    from ovntrace.verdict.lint import lint as lint_zones
    from ovntrace.verdict.lint import lint_exit_code
    from renderers.formats import render_lint

    with opened(way) as collector, Progress() as progress:
        snapshot = for_zones(collector, node, way.timeout_s, progress)
    view = lint_zones(snapshot, switch=switch, network=network, now=time.time())
    look = screen_of(shared)
    emit(render_lint(view, output, width=look.width, color=look.color))
    return lint_exit_code(view)
