"""Open the way in that was chosen. Each collector is imported only when it is used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ovntrace.cli.options import WayIn
from ovntrace.errors import NoAnswerError

if TYPE_CHECKING:
    from collectors.base import Collector


@contextmanager
def opened(way: WayIn) -> Iterator["Collector"]:
    """The collector, closed at the end whatever happens. NoAnswerError if it can't be used."""
    collector = _collector(way)
    try:
        reason = collector.can_run()
        if reason is not None:
            raise NoAnswerError(reason, place=collector.place)
        yield collector
    finally:
        collector.close()


def _collector(way: WayIn) -> "Collector":
    if way.from_paths:
        from collectors.dump import Dump

        return Dump(way.from_paths)
    if way.local:
        from collectors.local import Local

        return Local()
    from collectors.kube import Kube

    return Kube.open(
        kubeconfig=None if way.kubeconfig is None else str(way.kubeconfig),
        context=way.context,
        ovn_namespace=way.ovn_namespace,
    )
