"""How far a dump has come: nodes, bytes, what failed, and the time that the rest may take."""

from collections import Counter
from collections.abc import Mapping

from collectors.dump.writer import DumpWriter
from collectors.gather import Progress
from ovntrace.cli.collect import Say
from ovntrace.cli.progress import Estimate, readable_size, readable_time


class DumpProgress:
    """Counts what is asked, by node. `expected` says of each node how many questions it takes; of
    one that is done it is known."""

    def __init__(self, writer: DumpWriter, say: Say, expected: Mapping[str, int]) -> None:
        self._writer, self._say = writer, say
        self._expected = dict(expected)
        self._n_nodes = len(self._expected)
        self._total = sum(self._expected.values())
        self._open: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._estimate = Estimate()

    @property
    def nodes_done(self) -> int:
        """Nodes of which nothing is open any more."""
        return self._n_nodes - len(self._expected)

    def began(self, node: str) -> None:
        """A question was put, or waits for its turn."""
        self._open[node] += 1
        self._asked[node] += 1

    def ended(self, node: str) -> bool:
        """A question has its answer, and what follows from it was put; True if the node is done."""
        self._open[node] -= 1
        if self._open[node]:
            return False
        del self._open[node]
        self._total += self._asked.pop(node) - self._expected.pop(node, 0)
        return True

    def tell(self, step: Progress) -> None:
        """Say how far it is."""
        parts = [f"{self.nodes_done}/{self._n_nodes} nodes", readable_size(self._writer.size)]
        if self._writer.gap_count:
            parts.append(f"{self._writer.gap_count} failed")
        parts += self._time(step)
        what = f"{step.artefact} of {step.target}: {step.state}"
        self._say(f"{', '.join(parts)}; {what}")

    def _time(self, step: Progress) -> list[str]:
        left = self._estimate.left_s(step.done, max(self._total, step.total))
        if step.state == "waiting" and not step.queued:
            return [f"at most {readable_time(step.at_most_s)} left"]
        return [] if left is None else [f"about {readable_time(left)} left"]
