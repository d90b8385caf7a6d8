"""A whole dump: nothing of the cluster's own survives in any byte, and every answer is the same."""

import gzip
import ipaddress
import json
import re
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ovntrace.api import AskedSnapshot, Flow, read_dump
from ovntrace.cli.redact_dump import Redacted, redact_dump
from ovntrace.errors import WrongQuestionError
from ovntrace.redact.addresses import FIXED
from ovntrace.verdict.types import TraceView
from ovntrace.view.types import ExplainView
from tests.captured import FOLDER, NAMES

CAPTURES = tuple(name for name in NAMES if "running-example" in name)
_IPV4 = re.compile(rb"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_MAC = re.compile(rb"(?<![\w:])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![\w:])")
_OVN_K = re.compile(r"a\d{15,20}")
# Namespaces of a cluster's own, and names that are words of OVN and Kubernetes.
_SYSTEM = re.compile(r"(kube|openshift|ovn)(-[a-z0-9-]+)?|default|api|physnet")


@pytest.fixture(scope="module", params=CAPTURES)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, dict[str, str]]:
    """A dump, the same with stand-ins, and the key file's table."""
    folder = tmp_path_factory.mktemp("redacted")
    with tarfile.open(FOLDER / f"{request.param}.tar.gz") as tar:
        for member in tar:
            stream = tar.extractfile(member)
            if stream is not None:
                file = folder / "original" / member.name.partition("/")[2]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(stream.read())
    _ = redact_dump(folder / "original", folder / "redacted", folder / "key.json")
    table = json.loads((folder / "key.json").read_text())["stand_ins"]
    return folder / "original", folder / "redacted", table


def _bytes_of(folder: Path) -> bytes:
    whole = b""
    for file in sorted(folder.rglob("*")):
        whole += str(file.relative_to(folder)).encode() + b"\n"
        if file.is_file():
            data = file.read_bytes()
            whole += gzip.decompress(data) if file.suffix == ".gz" else data
    return whole


def _items(folder: Path, plural: str) -> list[dict[str, Any]]:
    document = json.loads((folder / "kube" / f"{plural}.json").read_text())
    items: list[dict[str, Any]] = document["items"]
    return items


def _names(folder: Path) -> set[str]:
    """What a customer would not like to read, found here without the code under test."""
    found = {path.name for path in folder.glob("worker-*")}
    plurals = ("pods", "namespaces", "virtualmachines", "network-attachment-definitions")
    of_admins = ("adminnetworkpolicies", "baselineadminnetworkpolicies", "egressfirewalls")
    for plural in (*plurals, "multi-networkpolicies", "networkpolicies", *of_admins):
        for item in _items(folder, plural):
            found |= {item["metadata"]["name"], item["metadata"].get("namespace", "default")}
            found |= set(item["metadata"].get("labels", {}).values()) & found
    for nad in _items(folder, "network-attachment-definitions"):
        found.add(json.loads(nad["spec"]["config"])["name"])
    return {name for name in found if not _SYSTEM.fullmatch(name)}


def test_no_name_survives(pair: tuple[Path, Path, dict[str, str]]) -> None:
    original, redacted, _ = pair
    before, after = _bytes_of(original), _bytes_of(redacted)
    names = _names(original)
    assert len(names) > 40
    for name in names:
        for text in {name, name.replace("-", ".")}:
            pattern = re.compile(
                rb"(?<![A-Za-z0-9])" + re.escape(text.encode()) + rb"(?![A-Za-z0-9])"
            )
            assert pattern.search(before) or "-" in name, name
            assert not pattern.search(after), name


def test_no_address_survives(pair: tuple[Path, Path, dict[str, str]]) -> None:
    original, redacted, _ = pair
    before, after = _bytes_of(original), _bytes_of(redacted)
    addresses = {ipaddress.ip_address(text.decode()) for text in _IPV4.findall(before)}
    own = {a for a in addresses if not any(a in net for net in FIXED if net.version == 4)}
    own = {a for a in own if int(a) & 0xFFFF00}  # 10.0.0.0/8 has no part of its own
    assert len(own) > 40
    left = {ipaddress.ip_address(text.decode()) for text in _IPV4.findall(after)}
    assert not own & left, own & left
    macs = {mac for mac in _MAC.findall(before) if int(mac[:2], 16) & 1 == 0}
    own_macs = {mac for mac in macs if not mac.startswith((b"0a:58:64:", b"0a:58:a9:fe", b"00:00"))}
    assert len(own_macs) > 20
    assert not own_macs & set(_MAC.findall(after))


def test_no_hash_of_a_name_survives(pair: tuple[Path, Path, dict[str, str]]) -> None:
    original, redacted, _ = pair
    document = json.loads((original / "worker-0/nbctl/Port_Group.json").read_text())
    at, ids = document["headings"].index("name"), document["headings"].index("external_ids")
    names = [name for name in _names(original) if len(name) > 4]
    own = {row[at] for row in document["data"] if any(name in str(row[ids]) for name in names)}
    assert len(own) > 5
    after = _bytes_of(redacted)
    for name in own:
        assert name.encode() not in after


def _facts(view: ExplainView) -> list[Any]:
    """What does not depend on names: kinds, states, counts, priorities, actions, findings."""
    attachments = [
        (
            [(hop.kind, hop.state, [finding.id for finding in hop.findings]) for hop in one.hops],
            [(acl.uuid, acl.tier, acl.priority, acl.action, acl.stage) for acl in one.acls],
        )
        for one in view.attachments
    ]
    attachments.sort(key=repr)  # they come by names
    return [*attachments, sorted(finding.id for finding in view.findings), len(view.gaps)]


def test_explain_says_the_same(pair: tuple[Path, Path, dict[str, str]]) -> None:
    original, redacted, table = pair
    before, after = read_dump(original), read_dump(redacted)
    for pod in _items(original, "pods"):
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        was = before.explain(name, namespace)
        now = after.explain(table[name], table.get(namespace, namespace))
        assert _facts(now) == _facts(was)


def _flows(snapshot: AskedSnapshot) -> Iterator[Flow]:
    """Every second pod to every other second one, on each network that they share."""
    networks: dict[str, set[str]] = {}
    for row in snapshot.workloads().workloads:
        if row.kind == "pod" and row.network and not _SYSTEM.fullmatch(row.namespace or ""):
            networks.setdefault(f"{row.namespace}/{row.name}", set()).add(row.network)
    pods = sorted(networks)
    for source in pods[::2]:
        for target in pods[1::2]:
            for network in sorted(networks[source] & networks[target]):
                for proto, port in (("tcp", 80), ("tcp", 5432), ("udp", 53)):
                    yield Flow(source, target, proto, port, network=network)


def test_every_verdict_is_the_same(pair: tuple[Path, Path, dict[str, str]]) -> None:
    original, redacted, table = pair
    before, after = read_dump(original), read_dump(redacted)

    def new(text: str) -> str:
        return "/".join(table.get(part, part) for part in text.split("/"))

    verdicts = []
    for flow in _flows(before):
        was = before.trace(flow)
        now = after.trace(
            replace(flow, src=new(flow.src), dst=new(flow.dst), network=new(flow.network or ""))
        )
        assert _judged(now) == _judged(was)
        verdicts.append(was.verdict)
    assert {"allow", "drop"} <= set(verdicts)
    assert len(verdicts) > 100


def _judged(view: TraceView) -> Any:
    reply = view.reply and (view.reply.verdict, view.reply.deciding and view.reply.deciding.uuid)
    return view.verdict, view.deciding and view.deciding.uuid, reply


def test_a_key_file_is_for_its_owner_and_gives_the_same_again(tmp_path: Path) -> None:
    dump = FOLDER / f"{CAPTURES[0]}.tar.gz"
    key = tmp_path / "key.json"
    first = redact_dump(dump, tmp_path / "first", key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    second = redact_dump(dump, tmp_path / "second", key)
    assert isinstance(first, Redacted)
    assert (first.size, first.clashing) == (second.size, ())
    assert _bytes_of(tmp_path / "first") == _bytes_of(tmp_path / "second")


def test_another_file_is_refused_as_a_key(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text("{}")
    with pytest.raises(WrongQuestionError, match="no key file"):
        redact_dump(FOLDER / f"{CAPTURES[0]}.tar.gz", tmp_path / "out", key)
    assert not (tmp_path / "out").exists()
