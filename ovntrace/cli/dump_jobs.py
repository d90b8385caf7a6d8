"""The parts of a dump that have several ways to them: each job asks by one way after the other, and
writes what the first good one brought."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from collectors.artefact import Artefact
from collectors.artifacts import BY_NAME
from collectors.dump.manifest import key_of
from collectors.dump.wanted import HEAD, is_database
from collectors.dump.writer import DumpWriter
from collectors.gather import Want
from collectors.snapshot import make_snapshot
from collectors.tool_failure import not_installed
from ovntrace.inside import other_ways_inside
from ovntrace.model.capture import Capture, Missing, Reason, Target
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.context import Context
from ovntrace.view.subject import Subject

Result = Capture | Missing
_FLOWS = "sb-flows"
_STOPPED = "the collection was stopped before it was read"


class Job(Protocol):
    """One part. `begin` says what to ask first, `take` what to ask next: nothing at its end."""

    def begin(self) -> Sequence[Want]:
        """The first questions."""
        ...

    def take(self, want: Want, result: Result) -> Sequence[Want]:
        """The next questions, after this answer."""
        ...

    def stop(self) -> None:
        """Note that it was not brought to its end."""
        ...


class Plain:
    """A part with one way to it. `heard` is told what came, too."""

    def __init__(
        self,
        writer: DumpWriter,
        want: Want,
        heard: Callable[[Artefact, Result], None] | None = None,
    ) -> None:
        self._writer, self._want, self._heard = writer, want, heard

    def begin(self) -> Sequence[Want]:
        return [self._want]

    def take(self, want: Want, result: Result) -> Sequence[Want]:
        self._writer.add(want[1], result)
        if self._heard is not None:
            self._heard(want[1], result)
        return ()

    def stop(self) -> None:
        note_stopped(self._writer, *self._want)


class DatabaseCopy:
    """NB or SB of a node: the server's own file, packed there or as it is; else the tool's lists.

    `files` are the places where the file may be.
    """

    def __init__(
        self,
        writer: DumpWriter,
        target: Target,
        artefact: Artefact,
        files: Sequence[str],
        heard: Callable[[Artefact, Result], None] | None = None,
    ) -> None:
        self._writer, self._target, self._artefact = writer, target, artefact
        self._files = list(files)
        self._suffix = "-file"
        self._heard = heard

    def begin(self) -> Sequence[Want]:
        return [(self._target, self._way())]

    def take(self, want: Want, result: Result) -> Sequence[Want]:
        if want[1].name == _FLOWS:
            self._writer.add(want[1], result)
            return ()
        is_list = want[1].name == self._artefact.name
        if isinstance(result, Capture) and (is_list or is_database(result.data[:HEAD])):
            self._settle(replace(result, artefact=self._artefact.name))
            # The file would have the logical flows, too.
            lacks = self._artefact.name == "sb" and not is_database(result.data[:HEAD])
            return [(self._target, BY_NAME[_FLOWS])] if lacks else ()
        if is_list:
            self._settle(result)
            return ()
        self._next_file(result)
        return [(self._target, self._way())]

    def stop(self) -> None:
        is_known = self._writer.has(key_of(self._target, self._artefact.name))
        rest = BY_NAME[_FLOWS] if is_known else self._artefact
        note_stopped(self._writer, self._target, rest)

    def _settle(self, result: Result) -> None:
        self._writer.add(self._artefact, result)
        if self._heard is not None:
            self._heard(self._artefact, result)

    def _way(self) -> Artefact:
        while self._files:
            try:
                way = BY_NAME[self._artefact.name + self._suffix]
                return way.filled({"file": self._files[0]})
            except ValueError:  # a path of a person's own that is not plain enough for a command
                self._files.pop(0)
        return self._artefact

    def _next_file(self, result: Result) -> None:
        if isinstance(result, Capture):
            detail = "it is no database's file"
            self._writer.tried(
                Missing(self._target, result.artefact, Reason.UNPARSABLE, detail, "", result.origin)
            )
            self._files.pop(0)
            return
        self._writer.tried(result)
        if result.reason is not Reason.ABSENT:
            self._files.clear()  # no rights, no container, no time: not for another file either
        elif self._suffix == "-file" and result.detail == not_installed("gzip").detail:
            self._suffix = "-file-plain"
        else:
            self._files.pop(0)


class PodLinks:
    """The interfaces of a pod, by the ways that `explain` takes. `around` gives what is known of
    its node, for the name of its namespace there."""

    def __init__(
        self,
        writer: DumpWriter,
        subject: Subject,
        target: Target,
        around: Callable[[], Snapshot],
        *,
        by_netns: bool,
    ) -> None:
        self._writer, self._subject, self._target = writer, subject, target
        self._around, self._by_netns = around, by_netns
        self._first: tuple[Artefact, Result, Missing] | None = None
        self._ways: list[Want] = []

    def begin(self) -> Sequence[Want]:
        if not self._by_netns:
            return [(self._target, BY_NAME["pod-links"])]
        self._ways = self._others(None)
        return [self._ways.pop(0)] if self._ways else ()

    def take(self, want: Want, result: Result) -> Sequence[Want]:
        found = make_snapshot([result], source_kind="", place="")
        if (self._target.namespace, self._target.pod) in found.pod_links:
            self._settle(want[1], result)
            return ()
        missing = found.missing[0]
        if self._first is None:
            self._first = (want[1], result, missing)
            if not self._by_netns:
                self._ways = self._others(missing)
        else:
            self._writer.tried(missing)
        if self._ways:
            return [self._ways.pop(0)]
        # The first answer says why.
        self._writer.add(*self._first[:2])
        return ()

    def stop(self) -> None:
        note_stopped(self._writer, self._target, BY_NAME["pod-links"])

    def _settle(self, artefact: Artefact, result: Result) -> None:
        if self._first is not None and artefact.name == "pod-links-text":
            # Whoever reads the dump takes the same two steps.
            self._writer.add(self._first[0], self._first[2], is_gap=False)
        elif self._first is not None:
            self._writer.tried(self._first[2])
        self._writer.add(artefact, result)

    def _others(self, missing: Missing | None) -> list[Want]:
        place = (self._target.namespace, self._target.pod)
        ctx = Context(self._around(), self._target.node, place)
        return other_ways_inside(ctx, self._subject, self._target, missing, self._by_netns)


def note_stopped(writer: DumpWriter, target: Target, artefact: Artefact) -> None:
    """Note what was not asked for any more."""
    missing = Missing(target, artefact.name, Reason.UNREACHABLE, _STOPPED, "collect it again")
    writer.add(artefact, missing)
