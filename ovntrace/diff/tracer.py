"""Verdicts over one side, whose workloads are known already: none is looked for again."""

from dataclasses import replace

from ovntrace.diff.plugged import attachments_of
from ovntrace.diff.sides import Side
from ovntrace.model.kube import Kube
from ovntrace.verdict.ends import Ends, _Party
from ovntrace.verdict.trace import Tracer


class SideEnds(Ends):
    """Finds ends by the whole names that `str` makes of WorkloadKey."""

    def __init__(self, side: Side, *, acls: bool) -> None:
        super().__init__(side.snapshot)
        self._side = side
        self._acls = acls
        self._subjects = {str(key): subject for key, subject in side.subjects.items()}

    def _party(self, word: str, now: float) -> _Party:
        known = self._parties.get(word)
        if known is not None:
            return known
        subject = self._subjects.get(word)
        if subject is None:
            return super()._party(word, now)
        attachments = attachments_of(self._side, subject, acls=self._acls)
        return self._parties.setdefault(word, _Party(word, attachments, subject, None))


class SideTracer(Tracer):
    """Without `acls` the attachments of the ends have none: a default deny goes by its group's
    name, and a workload costs no look at each ACL of its switch."""

    def __init__(self, side: Side, *, acls: bool) -> None:
        # Each answer would say again what is known of the snapshot as a whole.
        super().__init__(replace(side.snapshot, kube=Kube({}), missing=()))
        self._ends = SideEnds(side, acls=acls)
