"""Verdicts over one side, whose workloads are known already: none is looked for again."""

from dataclasses import replace

from ovntrace.diff.plugged import attachments_of
from ovntrace.diff.sides import Side
from ovntrace.model.kube import Kube
from ovntrace.verdict.ends import Ends, Party
from ovntrace.verdict.trace import Tracer


def side_tracer(side: Side, *, acls: bool) -> Tracer:
    """Knows ends by the whole names that `str` makes of WorkloadKey.

    Without `acls` the attachments of the ends have none: a default deny goes by its group's name,
    and a workload costs no look at each ACL of its switch.
    """
    subjects = {str(key): subject for key, subject in side.subjects.items()}

    def known(word: str) -> Party | None:
        subject = subjects.get(word)
        if subject is None:
            return None
        return Party(word, attachments_of(side, subject, acls=acls), subject, None)

    # Each answer would say again what is known of the snapshot as a whole.
    quiet = replace(side.snapshot, kube=Kube({}), missing=())
    return Tracer(quiet, Ends(side.snapshot, known))
