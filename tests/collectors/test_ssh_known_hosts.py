"""Known hosts: whose key is whose, as OpenSSH's own ssh-keygen finds it."""

import base64
import subprocess
from pathlib import Path

import pytest

from collectors.ssh.known_hosts import KnownHosts, fingerprint, names_of

A, B = b"\0\0\0\x0bssh-ed25519AAAA", b"\0\0\0\x0bssh-ed25519BBBB"
KIND = "ssh-ed25519"


def line(hosts: str, blob: bytes = A, marker: str = "", kind: str = KIND) -> str:
    return (
        f"{marker + ' ' if marker else ''}{hosts} {kind} {base64.b64encode(blob).decode()} note\n"
    )


def known(folder: Path, *lines: str) -> KnownHosts:
    file = folder / "known_hosts"
    file.write_text("".join(lines))
    return KnownHosts([str(file), str(folder / "none")])


@pytest.mark.parametrize(
    ("hosts", "names", "standing"),
    [
        ("node", ("node",), "known"),
        ("other,node", ("node",), "known"),
        ("*.lab,!b.lab", ("a.lab",), "known"),
        ("*.lab,!b.lab", ("b.lab",), "unknown"),
        ("!b.lab,*.lab", ("b.lab",), "unknown"),
        ("no?e", ("node",), "known"),
        ("NODE", ("node",), "known"),
        ("[node]:2222", ("[node]:2222", "node"), "known"),
        ("[node]:2222", ("[node]:22", "node"), "unknown"),
        ("[n]ode", ("node",), "unknown"),
        ("node", ("[node]:2222", "node"), "known"),
        ("node.lab", ("node",), "unknown"),
        ("10.0.0.1", ("10.0.0.1",), "known"),
        ("2001:db8::1", ("2001:db8::1",), "known"),
    ],
)
def test_names(tmp_path: Path, hosts: str, names: tuple[str, ...], standing: str) -> None:
    assert known(tmp_path, line(hosts)).judge(names, KIND, A).standing == standing


def test_another_key_is_a_change_and_its_line_is_told(tmp_path: Path) -> None:
    found = known(tmp_path, "# comment\n", "\n", line("node", B)).judge(("node",), KIND, A)
    assert found.standing == "changed"
    assert found.place == f"{tmp_path}/known_hosts:3"


def test_one_of_several_keys_is_enough(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("node", B), line("node", A), line("node", B, kind="ssh-rsa"))
    assert hosts.judge(("node",), KIND, A).standing == "known"
    assert hosts.kinds(("node",)) == (KIND, "ssh-rsa")


def test_another_key_of_the_host_without_its_port_is_no_change(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("node", B))
    assert hosts.judge(names_of("node", 2222), KIND, A).standing == "unknown"


def test_revoked_counts_more_than_known(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("node"), line("*", marker="@revoked"))
    assert hosts.judge(("node",), KIND, A).standing == "revoked"
    assert hosts.judge(("node",), KIND, B).standing == "changed"


def test_an_authority_is_no_host_key(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("*", marker="@cert-authority"))
    assert hosts.judge(("node",), KIND, A).standing == "unknown"
    assert hosts.kinds(("node",)) == ()


def test_what_is_no_line_says_nothing(tmp_path: Path) -> None:
    broken = [
        "node\n",
        "node ssh-ed25519\n",
        "node ssh-ed25519 %%%\n",
        "|1|x|y ssh-rsa AAAA\n",
        "|1|\n",
    ]
    hosts = known(tmp_path, *broken, "\0\udcff\n".encode("utf-8", "replace").decode(), line("node"))
    assert hosts.judge(("node",), KIND, A).standing == "known"


@pytest.mark.lab
@pytest.mark.parametrize("name", ["node", "[node]:2222", "10.0.0.1"])
def test_hashed_names_are_those_of_ssh_keygen(tmp_path: Path, name: str) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    kind, text = Path(f"{key}.pub").read_text().split()[:2]
    blob = base64.b64decode(text)
    file = tmp_path / "hashed"
    file.write_text(f"{name} {kind} {text}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", file], check=True, capture_output=True)
    assert "node" not in file.read_text()
    hosts = KnownHosts([str(file)])
    assert hosts.judge((name,), kind, blob).standing == "known"
    assert hosts.judge(("another",), kind, blob).standing == "unknown"
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", key], check=True, capture_output=True, text=True
    )
    assert fingerprint(blob) == said.stdout.split()[1]
