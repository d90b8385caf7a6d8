"""`ovntrace dump`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ovntrace import __version__
from ovntrace.cli.app import Command
from ovntrace.cli.emit import emit
from ovntrace.cli.options import WayIn, screen_of, screen_options, way_in_options
from ovntrace.errors import ExitCode, WrongQuestionError

if TYPE_CHECKING:
    from collectors.base import Collector
    from collectors.dump.manifest import Head
    from ovntrace.cli.collect_dump import Asked
    from ovntrace.model.capture import Missing

_OTHER_ARCHIVES = (".tar", ".tar.xz", ".tar.bz2", ".tar.zst", ".txz", ".zip", ".gz")
_MOST_GAPS = 20


@click.command(cls=Command)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Where to write: FILE.tar.gz, FILE.tgz, or a folder; it must not exist yet. With "
    "--inspect the form: tree, json or yaml.",
)
@click.option("--node", "nodes", multiple=True, metavar="NODE", help="Only this node; repeatable.")
@click.option("--all-nodes", is_flag=True, help="All nodes, whatever else is chosen.")
@click.option(
    "-n",
    "--namespace",
    "namespaces",
    multiple=True,
    metavar="NS",
    help="Of pods only those in this namespace, and only their nodes; repeatable.",
)
@click.option(
    "--workload",
    "workloads",
    multiple=True,
    metavar="NAME",
    help="Of pods only this workload's, and only its node; repeatable.",
)
@click.option(
    "--redact",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="KEYFILE",
    help="Write stand-ins for names and addresses. KEYFILE, made if it is not there, tells which "
    "and is not for giving away.",
)
@click.option(
    "--inspect",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="Collect nothing: say what is in this dump, must-gather, sosreport or file; repeatable.",
)
@way_in_options
@screen_options
def dump(
    output: Path | None,
    nodes: tuple[str, ...],
    all_nodes: bool,
    namespaces: tuple[str, ...],
    workloads: tuple[str, ...],
    redact: Path | None,
    inspect: tuple[Path, ...],
    **shared: Any,
) -> int:
    """Collect all that the other commands read, to ask it later with --from.

    Takes the databases of OVN and Open vSwitch, links, OpenFlow, the pods' interfaces and the
    Kubernetes objects of the network, of all nodes or of those that are chosen. Prints the path of
    what it wrote.

    With --redact the same value has the same stand-in everywhere, and in every dump with that
    KEYFILE; subnets keep what they contain. Every verdict is what it was.

    Exits with 3 if something could not be read (the dump says what), else with 0. Ctrl-C leaves
    what was collected until then.
    """
    way = WayIn.of(shared)
    if inspect:
        if nodes or all_nodes or namespaces or workloads or way.from_paths or way.local or redact:
            raise click.UsageError("--inspect only looks into dumps: it takes nothing to collect")
        return _inspect(inspect, output, shared)
    if nodes and all_nodes:
        raise click.UsageError("--node and --all-nodes exclude each other")
    started = datetime.now(UTC)
    if output is not None:
        _check(output)
    from ovntrace.cli.collect_dump import Asked
    from ovntrace.cli.way_in import opened

    asked = Asked(nodes, all_nodes, namespaces, workloads)
    with opened(way) as collector:
        name = "redacted" if redact is not None else _place_word(way, collector)
        path = output or Path(f"ovntrace-dump-{name}-{started:%Y%m%dT%H%M%SZ}.tar.gz")
        job = _Job(collector, asked, way.timeout_s, started)
        try:
            if redact is None:
                job.write(path)
            else:
                _redact(job, path, redact)
        except KeyboardInterrupt:
            if path.exists():
                _say(f"{path}: stopped; it has what was read until then")
            raise
    emit(f"{path}\n")
    return job.say_summary()


def _inspect(paths: Sequence[Path], output: Path | None, shared: Mapping[str, Any]) -> int:
    from ovntrace.cli.inspect_dump import INSPECT_FORMATS, run

    form = INSPECT_FORMATS[0] if output is None else str(output)
    if form not in INSPECT_FORMATS:
        raise click.UsageError(f"with --inspect, --output is {', '.join(INSPECT_FORMATS)}")
    look = screen_of(shared)
    emit(run(paths, form, width=look.width, color=look.color))
    return ExitCode.OK


@dataclass
class _Job:
    """One collection, and what came of it."""

    collector: "Collector"
    asked: "Asked"
    timeout_s: float
    started: datetime
    gaps: "Sequence[Missing]" = ()
    nodes: Sequence[str] = ()
    size: int = 0

    def write(self, path: Path) -> None:
        """Run to the end; an interrupt leaves what was collected, if that is anything, and goes
        on."""
        from collectors.dump.writer import DumpWriter
        from ovntrace.cli.collect_dump import Collection
        from ovntrace.cli.interrupts import Interrupts
        from ovntrace.cli.progress import Progress

        stopped: KeyboardInterrupt | None = None
        with Interrupts() as interrupts, DumpWriter(path) as writer, Progress() as progress:
            collection = Collection(
                self.collector, writer, self.timeout_s, progress, interrupts.shield
            )
            try:
                collection.run(self.asked)
            except KeyboardInterrupt as error:
                if not writer.captured:
                    raise
                stopped = error
            with interrupts.shield():
                if stopped is not None:
                    collection.note_rest()
                self.nodes = collection.nodes
                writer.finish(self._head(complete=stopped is None))
                self.gaps, self.size = writer.gaps, writer.size
        if stopped is not None:
            raise stopped

    def _head(self, *, complete: bool) -> "Head":
        from collectors.dump.manifest import Head

        return Head(
            nodes=tuple(self.nodes),
            origin={"kind": self.collector.kind, "place": self.collector.place},
            created_at=self.started,
            finished_at=datetime.now(UTC),
            ovntrace_version=__version__,
            complete=complete,
            asked=self.asked.document,
        )

    def say_summary(self) -> int:
        """On stderr; the exit code."""
        from ovntrace.cli.dump_gaps import gap_lines
        from ovntrace.cli.progress import readable_size
        from renderers.text import visible

        count, gaps = len(self.nodes), self.gaps
        line = f"{count} node{'' if count == 1 else 's'}, {readable_size(self.size)}"
        _say(f"{line}, {len(gaps) or 'no'} gap{'' if len(gaps) == 1 else 's'}")
        for text in gap_lines(gaps, _MOST_GAPS):
            _say(visible(f"  {text}"), head="")
        return ExitCode.NO_ANSWER if gaps else ExitCode.OK


def _redact(job: _Job, path: Path, key_file: Path) -> None:
    """Collect into a folder that goes away, and write the dump with stand-ins. What an interrupt
    left is written so too."""
    import tempfile

    from ovntrace.cli.redact_dump import redact_dump

    with tempfile.TemporaryDirectory(prefix=".ovntrace-", dir=path.absolute().parent) as folder:
        original = Path(folder) / "dump"
        stopped: KeyboardInterrupt | None = None
        try:
            job.write(original)
        except KeyboardInterrupt as error:
            if not original.exists():
                raise
            stopped = error
        done = redact_dump(original, path, key_file)
    job.size = done.size
    _say(f"{done.replaced} names and addresses replaced; {key_file} tells them, keep it")
    if done.kept:
        _say(f"kept as words of OVN or Kubernetes, or numbers: {', '.join(sorted(done.kept))}")
    if done.clashing:
        _say(f"{len(done.clashing)} stand-ins are addresses that were there too: use another key")
    if stopped is not None:
        raise stopped


def _say(text: str, head: str = "ovntrace: ") -> None:
    from ovntrace.cli.complain import say

    say(f"{head}{text}")


def _check(path: Path) -> None:
    """Before anything is asked of a cluster: can a dump be written there at all?"""
    from collectors.dump.sinks import is_archive

    if path.exists() or path.is_symlink():
        raise WrongQuestionError("there is something already", place=str(path))
    if not is_archive(path) and path.name.endswith(_OTHER_ARCHIVES):
        raise WrongQuestionError(
            "a dump is a .tar.gz, a .tgz or a folder", place=str(path), hint="name it so"
        )


def _place_word(way: WayIn, collector: "Collector") -> str:
    """The context or the host, as part of a file's name."""
    from urllib.parse import urlsplit

    word = way.context or collector.place
    if way.context is None and collector.kind == "kube":
        word = urlsplit(collector.place).hostname or collector.place
    elif collector.kind == "dump":
        word = Path(collector.place).name
    return re.sub(r"[^A-Za-z0-9.-]+", "-", word).strip("-.")[:100] or "cluster"
