"""Many artefacts become a Snapshot, each as it arrives: what a tool printed is kept no longer than
until it is parsed."""

from collections.abc import Callable, Sequence

from collectors.base import Collector
from collectors.gather import Limits, Progress, Want, stream
from collectors.snapshot import Known, make_snapshot, no_garbage_collection
from ovntrace.model.capture import Capture, Missing
from ovntrace.model.snapshot import Snapshot, together

# What has come and waits for its parsing is under way, too. Beyond the 8 are those that take long:
# they have brought nothing yet.
_LIMITS = Limits(8, most=32)


def read_snapshot(
    collector: Collector,
    wants: Sequence[Want],
    *,
    timeout_s: float,
    progress: Callable[[Progress], None] | None = None,
) -> Snapshot:
    """The parts that are wanted, in the order of `wants`; equal wants are fetched once.

    `timeout_s` is for each fetch. What can't be had is in the Snapshot's `missing`. On Ctrl-C (or
    any other exception in this thread) the collector is closed and the exception goes on at once.
    """
    distinct = tuple(dict.fromkeys(wants))
    known = Known(artefact.name for _, artefact in distinct)
    parts: dict[Want, Snapshot] = {}

    def keep(want: Want, result: Capture | Missing) -> tuple[Want, ...]:
        parts[want] = make_snapshot(
            [result], source_kind=collector.kind, place=collector.place, known=known
        )
        return ()

    with no_garbage_collection():  # nor between two arrivals
        stream(collector, distinct, keep, timeout_s=timeout_s, limits=_LIMITS, progress=progress)
    return together(collector.kind, collector.place, [parts[want] for want in distinct])
