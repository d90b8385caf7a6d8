"""`python -m tests.captures.make FOLDER`: make the archives of this folder anew.

FOLDER has a folder for each capture: `kube/PLURAL.json`, `NODE/nbctl|sbctl|ovs/TABLE.json`, and
perhaps `truth/`, flows that the capture's own ovn-trace judged. Of it goes into the archives what
the program reads, and the policies that a test's table names; of the truth, what the tests compare
with. The same input makes the same bytes.
"""

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collectors.artifacts import ARTEFACTS, NB_TABLES, OVS_TABLES, SB_TABLES, Where

HERE = Path(__file__).parent
_TABLES = {"nbctl": NB_TABLES, "sbctl": SB_TABLES, "ovs": OVS_TABLES}
_FOR_READERS = (  # objects that OVN-Kubernetes made rows of, for tables judged by hand
    "clusteruserdefinednetworks",
    "userdefinednetworks",
)
_ACLS = range(1000, 1000 + 32768)
_TRUTH = ("ovn-trace", "ovn-trace-ct")


def files_of(capture: Path) -> Iterator[Path]:
    """The capture's files that the program or a test's author reads, below its folder."""
    plurals = sorted({a.name for a in ARTEFACTS if a.where is Where.API} | {*_FOR_READERS})
    yield from (Path("kube") / f"{plural}.json" for plural in plurals)
    nodes = sorted(path.name for path in capture.iterdir() if (path / "nbctl").is_dir())
    for node in nodes:
        for folder, tables in _TABLES.items():
            yield from (Path(node) / folder / f"{table}.json" for table in tables)


def archive(capture: Path) -> bytes:
    """The archive of a capture."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in files_of(capture):
            if not (capture / path).is_file():
                continue
            data = (capture / path).read_bytes()
            member = tarfile.TarInfo(f"{capture.name}/{path}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)


def truth(capture: Path) -> bytes | None:
    """The flows that ovn-trace judged, a JSON line each; None if there are none."""
    lines = []
    for name in _TRUTH:
        path = capture / "truth" / f"{name}.jsonl"
        if path.is_file():
            lines += [_judged(json.loads(line)) for line in path.read_text().splitlines()]
    if not lines:
        return None
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def _judged(line: dict[str, Any]) -> dict[str, Any]:
    """The flow, the verdict, and the last ACL's logical flow that matched (stage, match): fixed
    rules and defaults have other priorities than ACLs can have."""
    kept = {key: line[key] for key in ("zone", "datapath", "inport", "outport", "flow", "ct")}
    acls = [[stage, match] for stage, match, prio in line["acl_evals"] if int(prio) in _ACLS]
    return {**kept, "verdict": line["verdict"], "last": acls[-1] if acls else None}


def main(words: list[str]) -> int:
    """Write the archives of all captures in a folder."""
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    for capture in sorted(path for path in Path(words[0]).iterdir() if path.is_dir()):
        (HERE / f"{capture.name}.tar.gz").write_bytes(archive(capture))
        found = truth(capture)
        if found is not None:
            (HERE / f"truth-{capture.name}.jsonl.gz").write_bytes(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
