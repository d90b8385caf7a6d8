"""`ovntrace ls`."""

from typing import Any

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
from renderers.formats import LISTING_FORMATS


@click.command(cls=Command)
@namespace_option
@output_option(LISTING_FORMATS)
@way_in_options
@screen_options
def ls(namespace: str | None, output: str, **shared: Any) -> int:
    """List workloads with their attachments, networks and nodes.

    Exits with 3 if something that could hold workloads could not be read, else with 0.
    """
    way = WayIn.of(shared)
    import time

    from ovntrace.cli.collect import for_listing
    from ovntrace.cli.progress import Progress
    from ovntrace.cli.way_in import opened
    from ovntrace.view.listing import list_workloads
    from ovntrace.view.outcome import listing_exit_code
    from renderers.formats import render_listing

    with opened(way) as collector, Progress() as progress:
        snapshot = for_listing(collector, namespace, way.timeout_s, progress)
    view = list_workloads(snapshot, namespace=namespace, now=time.time())
    look = screen_of(shared)
    emit(render_listing(view, output, width=look.width, color=look.color))
    return listing_exit_code(view)
