"""What `match` needs before the first expression: the language, the names, the packet."""

from collections.abc import Sequence
from pathlib import Path

import click

from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.match import (
    NEWEST,
    MatchError,
    Names,
    Version,
    parse_microflow,
    symbols_of,
    version_of,
)
from ovntrace.model.northbound import LogicalSwitch, Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.judging import MatchAnswer, Matcher, Refusal

_TIMEOUT_S = 30.0


class Judge:
    """Answers for one expression after the other."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def answer(self, text: str) -> MatchAnswer:
        """The answer to an expression; one that is longer than is read is refused."""
        from ovntrace.cli.linereader import LONGEST

        if len(text) > LONGEST:
            refusal = Refusal(f"longer than {LONGEST} characters.", LONGEST + 1, text, 0, 0)
            return MatchAnswer(text, "", error=refusal)
        return self._matcher.answer(text)

    @staticmethod
    def of(
        microflow: str | None,
        *,
        partial: bool,
        paths: Sequence[Path],
        ovn: str | None,
        switch: str | None,
        node: str | None,
    ) -> "Judge":
        """From the options. Raises WrongQuestionError, and NoAnswerError for a dump without
        northbound database."""
        version = _version(ovn) if ovn is not None else None
        names: Names | None = None
        if paths and switch is not None:
            from ovntrace.verdict.names import SwitchNames
            from ovntrace.verdict.zones import version_of_zone

            nb, one = _switch(_zones(paths, node), switch)
            names, version = SwitchNames(nb, one), version or version_of_zone(nb)
        version = version or NEWEST
        table = symbols_of(version)
        if microflow is None:
            return Judge(Matcher(version, table, names, None))
        try:
            packet = parse_microflow(microflow, table, names, partial=partial)
        except MatchError as error:
            raise WrongQuestionError(
                f"column {error.column}: {error.message}", place="--packet"
            ) from None
        return Judge(Matcher(version, table, names, packet))


def _version(text: str) -> Version:
    try:
        return version_of(text)
    except ValueError as error:
        raise click.UsageError(f"--ovn: {error}") from error


def _zones(paths: Sequence[Path], node: str | None) -> Snapshot:
    from collectors.dump import Dump
    from ovntrace.cli.collect import for_zones

    with_dump = Dump(paths)
    try:
        reason = with_dump.can_run()
        if reason is not None:
            raise NoAnswerError(reason, place=with_dump.place)
        return for_zones(with_dump, node, _TIMEOUT_S, lambda _line: None)
    finally:
        with_dump.close()


def _switch(snapshot: Snapshot, name: str) -> tuple[Northbound, LogicalSwitch]:
    if not snapshot.nb:
        why = next(iter(snapshot.missing), None)
        raise NoAnswerError(
            f"nb: {why.detail}" if why else "no node has a northbound database here",
            place=str(why.target) if why else snapshot.place,
        )
    from ovntrace.verdict.zones import switches_of

    found = switches_of(snapshot, name)
    if len(found) > 1:
        raise WrongQuestionError(
            f"there are several switches {name}: choose one with --node",
            candidates=[node for node, _, _ in found],
        )
    return found[0][1:]
