"""A dump of the lab with stand-ins: nothing of the lab's own is in any byte, and every verdict is
what it was."""

import hashlib
import ipaddress
import itertools
import json
import re
import tarfile
import zlib
from pathlib import Path

import pytest

from tests.lab import example as ex
from tests.lab.asking import ask_dump, ask_live
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


class Redacted:
    """Two dumps of a lab, one with stand-ins, and what the key file tells."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.plain, self.redacted = folder / "plain.tar.gz", folder / "redacted.tar.gz"
        key = folder / "key.json"
        for path, words in ((self.plain, ()), (self.redacted, ("--redact", str(key)))):
            done = ask_live(lab, "dump", "-o", str(path), *words)
            assert (done.code, done.text) == (0, f"{path}\n"), done.stderr
        self.stand_ins: dict[str, str] = json.loads(key.read_text())["stand_ins"]
        self.files = dict(_files(self.redacted))

    def new(self, text: str) -> str:
        """A name or an address as the redacted dump has it."""
        return "/".join(self.stand_ins.get(part, part) for part in text.split("/"))


def _files(archive: Path) -> list[tuple[str, bytes]]:
    """Names and contents, packed ones beside what is in them."""
    found = []
    with tarfile.open(archive) as tar:
        for member in tar:
            stream = tar.extractfile(member)
            data = b"" if stream is None else stream.read()
            found.append((member.name, data))
            if data.startswith(b"\x1f\x8b"):
                found.append((f"{member.name} unpacked", zlib.decompress(data, wbits=31)))
    return found


@pytest.fixture(scope="module")
def redacted(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Redacted:
    return Redacted(lab, tmp_path_factory.mktemp("redacted"))


def _originals() -> set[str]:
    names = {pod.name for pod in ex.PODS} | {pod.vm.name for pod in ex.PODS if pod.vm}
    return names | {ex.NODE, ex.NAMESPACE, ex.NETWORK}


def test_no_name_survives(redacted: Redacted) -> None:
    whole = b"\n".join(name.encode() + b"\n" + data for name, data in redacted.files.items())
    assert len(whole) > 100_000
    for name in _originals():
        for text in {name, name.replace("-", "."), name.upper()}:
            pattern = rb"(?<![A-Za-z0-9])" + re.escape(text.encode()) + rb"(?![A-Za-z0-9])"
            assert not re.search(pattern, whole), text


def test_no_address_survives_in_any_notation(redacted: Redacted) -> None:
    whole = b"\n".join(data for name, data in redacted.files.items() if not name.endswith(".gz"))
    for pod in ex.PODS:
        for mac in (pod.mac, pod.mac.replace(":", "")):
            assert mac.encode() not in whole
            assert mac.lstrip("0").encode() not in whole  # 0xa58…: how OpenFlow prints it
        for text in re.findall(r"192\.168\.77\.\d+", str(pod)):
            number = int(ipaddress.ip_address(text))
            assert not re.search(rb"(?<![\d.])" + re.escape(text.encode()) + rb"(?!\d)", whole)
            assert f"{number:x}".encode() not in whole


def test_files_are_what_the_manifest_says(redacted: Redacted) -> None:
    manifest = json.loads(redacted.files["ovntrace-dump/manifest.json"])
    assert manifest["complete"] is True
    told = [file for capture in manifest["captures"] for file in capture["files"]]
    assert len(told) > 20
    for file in told:
        data = redacted.files[f"ovntrace-dump/{file['path']}"]
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])


def test_every_pairs_verdict_is_what_it_was(redacted: Redacted, tmp_path: Path) -> None:
    ends = [f"{ex.NAMESPACE}/{pod.name}" for pod in ex.PODS]
    verdicts = []
    for dump, named in ((redacted.plain, str), (redacted.redacted, redacted.new)):
        flows = tmp_path / dump.name
        flows.write_text(
            "".join(
                json.dumps(
                    {
                        "src": named(a),
                        "dst": named(b),
                        "proto": "icmp",
                        "network": named(ex.NETWORK),
                    }
                )
                + "\n"
                for a, b in itertools.permutations(ends, 2)
            )
        )
        lines = ask_dump(dump, "trace", "--flows", str(flows)).text.splitlines()
        verdicts.append([_judged(json.loads(line)) for line in lines])
    assert verdicts[0] == verdicts[1]
    assert {"allow", "drop"} <= {one[0] for one in verdicts[0]}


def _judged(answer: dict[str, object]) -> tuple[object, ...]:
    deciding = answer.get("deciding")
    acl = deciding.get("uuid") if isinstance(deciding, dict) else None
    reply = answer.get("reply")
    return answer["verdict"], acl, reply.get("verdict") if isinstance(reply, dict) else reply


def test_explain_has_the_same_states_and_findings(redacted: Redacted) -> None:
    for pod in ex.PODS:
        name = f"{ex.NAMESPACE}/{pod.name}"
        was = ask_dump(redacted.plain, "explain", name, "-o", "json").answer
        now = ask_dump(redacted.redacted, "explain", redacted.new(name), "-o", "json").answer
        assert was["outcome"]["exit_code"] == now["outcome"]["exit_code"]
        hops = [
            sorted(
                (hop["kind"], hop["state"]) for one in answer["attachments"] for hop in one["hops"]
            )
            for answer in (was, now)
        ]
        assert hops[0] == hops[1]
