"""`python -m examples.make_dump`: make examples/llm-demo.tar.gz from a lab, as it is done live.

It starts the lab (root and Debian's OVN packages, see docs/lab.md) with its stand-in API server,
reads everything through that API with the Kube collector, and packs what came. Whatever can differ
for no reason (times and owners in the archive, the server's port) is made equal; row uuids and
the times of the collection are of that run.
"""

import argparse
import gzip
import io
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from collectors.artifacts import ARTEFACTS, Artefact, Where
from collectors.base import Collector
from collectors.dump.manifest import Key, key_of
from collectors.dump.writer import write_dump
from collectors.kube import Kube
from ovntrace import __version__
from ovntrace.cli.collect import for_workload
from ovntrace.model.capture import Capture, Missing, Target
from ovntrace.view.subject import Query
from tests.lab import example
from tests.lab.api_process import serve_api
from tests.lab.lab import Lab
from tests.lab.suites import OVN_SUITES
from tests.lab.toolset import INSTALLED

ARCHIVE = Path(__file__).with_name("llm-demo.tar.gz")
SHIPPED_OVN = "25.03"
_ORIGIN = {"kind": "kube", "place": "a lab's stand-in API server"}
_PREFIX = "demo"
_TIMEOUT_S = 20.0


class Recorder:
    """A collector that asks another one, once for each thing, and keeps what came."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._kept: dict[tuple[Target, str], Capture | Missing] = {}
        self.kind, self.place = collector.kind, collector.place

    def can_run(self) -> str | None:
        """As the other one."""
        return self._collector.can_run()

    def nodes(self) -> Sequence[str] | Missing:
        """As the other one."""
        return self._collector.nodes()

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        """What is kept, else the other one's answer."""
        wanted = (target, artefact.name)
        if wanted not in self._kept:
            self._kept[wanted] = self._collector.fetch(target, artefact, timeout_s)
        return self._kept[wanted]

    def close(self) -> None:
        """As the other one."""
        self._collector.close()

    def results(self) -> list[Capture | Missing]:
        """One for each place in a dump: of several tries the one that brought something."""
        found: dict[Key, Capture | Missing] = {}
        for result in self._kept.values():
            key = key_of(result.target, result.artefact)
            if isinstance(result, Capture) or key not in found:
                found[key] = result
        return sorted(found.values(), key=lambda one: key_of(one.target, one.artefact))


def collect(collector: Collector) -> list[Capture | Missing]:
    """What explain of each of the example's workloads reads, and the lists that it did not need."""
    recorder = Recorder(collector)
    for pod in example.PODS:
        name = f"vm/{pod.vm.name}" if pod.vm else f"pod/{pod.name}"
        for_workload(recorder, Query(name, namespace=pod.namespace), _TIMEOUT_S, _quiet)
    for artefact in ARTEFACTS:
        if artefact.where is Where.API:
            recorder.fetch(_target_of_list(artefact), artefact, _TIMEOUT_S)
    return recorder.results()


def _quiet(_line: str) -> None:
    """Nobody watches."""


def _target_of_list(artefact: Artefact) -> Target:
    by_namespace = "{namespace}" in artefact.resource
    return Target(namespace=example.NAMESPACE if by_namespace else "")


def pack(folder: Path, archive: Path) -> None:
    """`folder` as a .tar.gz that is the same bytes whenever its files are."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        files = [
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        ]
        for name in sorted(files):
            data = (folder / name).read_bytes()
            entry = tarfile.TarInfo(f"llm-demo/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    archive.write_bytes(gzip.compress(packed.getvalue(), 9, mtime=0))


def make(
    archive: Path, ovn: str, workplace: Path, *, prefix: str | None = None
) -> list[Capture | Missing]:
    """Start a lab in `workplace`, collect, take it down and write `archive`.

    `prefix` begins the names of its network namespaces, which are in the answers.
    """
    lab = Lab(workplace / "lab", ovn=ovn, prefix=prefix)
    try:
        lab.up()
        kube = Kube.open(kubeconfig=str(serve_api(lab.folder)))
        try:
            results = collect(kube)
        finally:
            kube.close()
    finally:
        lab.down()
    write_dump(
        workplace / "dump",
        results,
        nodes=[example.NODE],
        origin=_ORIGIN,
        created_at=datetime.now(UTC),
        ovntrace_version=__version__,
    )
    pack(workplace / "dump", archive)
    return results


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0; what could not be read is printed, as it will be a gap in every answer."""
    parser = argparse.ArgumentParser(prog="python -m examples.make_dump", description=__doc__)
    parser.add_argument("--ovn", default=SHIPPED_OVN, choices=[INSTALLED, *OVN_SUITES])
    parser.add_argument("--archive", type=Path, default=ARCHIVE)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="ovntrace-example.") as workplace:
        results = make(arguments.archive, arguments.ovn, Path(workplace), prefix=_PREFIX)
    for result in results:
        if isinstance(result, Missing):
            print(f"{result.target}: {result.artefact}: {result.reason}: {result.detail}")
    print(f"{arguments.archive}: {arguments.archive.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
