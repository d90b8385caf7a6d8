"""A thousand damaged and hostile dumps of all layouts: answers or one clear line, in time, and
nothing written anywhere."""

import contextlib
import functools
import gzip
import io
import json
import random
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ovntrace.api import read_dump
from ovntrace.cli.inspect_dump import run
from ovntrace.errors import OvntraceError
from tests.collectors.readers import layouts
from tests.collectors.readers.test_parts_of_others import KUBEVIRT, STATE

OLD = "ovn-kubernetes-2023-12-running-example"
SEED = 20240305
BATCHES, IN_BATCH = 20, 50
LONGEST_S = 10.0
_STATES = f"{layouts.ROOT}/cluster-scoped-resources/nmstate.io/nodenetworkstates"
NMSTATE = {f"{_STATES}/worker-0.yaml": layouts.as_yaml(STATE)}
HOSTILE = (
    "../../outside.yaml",
    "/tmp/outside.yaml",
    "namespaces/../../x.db",
    "a/\x1b[2J.txt",
    "a\\b.db",
    "x" * 300 + ".txt",
    "sos_commands/openvswitch/ovs-vsctl_-t_5_list_interface",
    "network_logs/ovnk_database_store.tar.gz",
    "network_logs/leader_nbdb.gz",
    "manifest.json",
    "kube/pods.json",
    "worker-0/nb.db",
    "namespaces/a/core/pods.yaml",
    "namespaces/a/vms/b/c.ip.txt",
    "out.txt",
)
CONTENTS = (
    b"",
    b"\x00" * 600,
    b"OVSDB JSON 18446744073709551616 " + b"0" * 40 + b"\n{}\n",
    b"OVSDB CLUSTER 2 " + b"0" * 40 + b"\n{}\n",
    b'{"headings": ["_uuid"], "data": [[[[[' * 50,
    b"[" * 20_000,
    b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    b"_uuid               : " + b"x" * 200_000,
    b"_uuid               : 1\nname                : \xff\xfe\n",
    b"\x1f\x8b" + b"\x00" * 40,
    b"\xfd7zXZ\x00" + b"\xff" * 40,
    b"BZh9" + b"\x00" * 40,
    b"\x28\xb5\x2f\xfd" + b"\x00" * 40,
    gzip.compress(b"OVSDB JSON 5 x\n" + b"\x00" * 100_000),
    b'{"apiVersion": "v1", "kind": "List", "items": [1, null, {"metadata": 5}]}',
)


def _few(full: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, with the first rows of each table."""

    @functools.wraps(full)
    def short(*args: str) -> Any:
        found = full(*args)
        if isinstance(found, list):
            return found[:2]
        return {name: {**table, "data": table["data"][:3]} for name, table in found.items()}

    return short


@functools.cache
def bases() -> tuple[layouts.Layout, ...]:
    """Small dumps of each layout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "tables", _few(layouts.tables))
        patch.setattr(layouts, "items", _few(layouts.items))
        worker = layouts.tables(OLD, "worker-0", "ovs")
        text = b"\n".join(layouts.as_text(table) for table in worker.values())
        return (
            layouts.interconnect(OLD, how="tar.gz"),
            layouts.interconnect(OLD, how="gz", singly=False),
            layouts.central(OLD, "worker-0"),
            layouts.sosreport(OLD, "worker-0"),
            layouts.folder_per_node(OLD),
            layouts.listed_folder(OLD, "worker-0"),
            {
                f"worker-0/{folder}/{table}.json": json.dumps(document).encode()
                for artefact, folder in (("nb", "nbctl"), ("ovs", "ovs"))
                for table, document in layouts.tables(OLD, "worker-0", artefact).items()
            }
            | {"kube/pods.json": json.dumps({"items": layouts.items(OLD, "pods")}).encode()},
            {**KUBEVIRT, **NMSTATE, **layouts.objects(OLD, layouts.CNV_ROOT, singly=True)},
            {"ticket.txt": text, "x/worker-0.log": b"# ovs-vsctl list Interface\n" + text},
        )


def mutate(files: layouts.Layout, dice: random.Random) -> layouts.Layout:
    """One to three changes."""
    result = dict(files)
    for _ in range(dice.randint(1, 3)):
        name, other = dice.choice(sorted(result)), dice.choice(sorted(result))
        data = result[name]
        match dice.randrange(8):
            case 0:
                result[name] = data[: dice.randrange(len(data) + 1)]
            case 1:
                damaged = bytearray(data or b"x")
                for _ in range(dice.randint(1, 20)):
                    damaged[dice.randrange(len(damaged))] = dice.randrange(256)
                result[name] = bytes(damaged)
            case 2:
                result[name], result[other] = result[other], data
            case 3:
                result[dice.choice(HOSTILE)] = data
            case 4:
                result[name] = dice.choice(CONTENTS)
            case 5:
                result[dice.choice(HOSTILE)] = dice.choice(CONTENTS)
            case 6:
                result[f"{name}.gz"] = gzip.compress(result.pop(name), 1)
            case _:
                result[name] = data + result[other]
    return result


def packed(files: layouts.Layout, dice: random.Random) -> bytes:
    """An archive, which may be damaged itself, with links and devices in it."""
    stream = io.BytesIO()
    mode = dice.choice(("w", "w:gz", "w:xz", "w:bz2"))
    options: dict[str, Any] = {} if mode in ("w", "w:xz") else {"compresslevel": 1}
    with tarfile.open(fileobj=stream, mode=mode, **options) as tar:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if dice.random() < 0.02:
                member.type = dice.choice((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE))
                member.linkname, member.size, data = "/etc/passwd", 0, b""
            tar.addfile(member, io.BytesIO(data))
    whole = bytearray(stream.getvalue())
    if dice.random() < 0.2:
        whole[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
    if dice.random() < 0.1:
        del whole[dice.randrange(len(whole)) :]
    return bytes(whole)


def ask(path: Path) -> None:
    """What any command would; an OvntraceError is an answer."""
    with contextlib.suppress(OvntraceError):
        snapshot = read_dump(path)
        rows = snapshot.workloads().workloads
        if rows:
            snapshot.explain(f"{rows[0].kind}/{rows[0].namespace}/{rows[0].name}")
    with contextlib.suppress(OvntraceError):
        assert run([path], "json", width=100, color=False)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_dumps(batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for number in range(IN_BATCH):
        dice = random.Random(SEED + batch * IN_BATCH + number)
        path = tmp_path / "case"
        path.write_bytes(packed(mutate(dice.choice(bases()), dice), dice))
        began = time.process_time()
        ask(path)
        assert time.process_time() - began < LONGEST_S, (batch, number)
        assert [entry.name for entry in tmp_path.iterdir()] == ["case"]
