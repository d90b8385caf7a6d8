"""What ssh_config says of a host, beside what OpenSSH's own `ssh -G` makes of the same file."""

import subprocess
from pathlib import Path

import pytest

from collectors.ssh.settings import Settings, SshConfig
from ovntrace.errors import WrongQuestionError

CONFIG = """
# before any host
Include more/*.conf
ServerAliveInterval 7

Host plain
    HostName 10.0.0.7
Host *.lab !not.lab
    User core
    Port 2222
    IdentityFile ~/.ssh/lab_%h
    IdentityFile "~/.ssh/with blank"
    IdentitiesOnly yes
    UserKnownHostsFile ~/.ssh/lab_hosts /etc/lab_hosts
Host=equals
    Hostname=%h.example.com
    StrictHostKeyChecking=accept-new
    ConnectTimeout 3
Host inner
    ProxyJump core@jump.lab:2200,second
Host *
    User fallback
"""
INCLUDED = "Host included\n    Port 99\n    HostKeyAlias alias\n"
HOSTS = ["plain", "a.lab", "not.lab", "equals", "included", "me@a.lab", "inner", "2001:db8::1"]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    folder = tmp_path / ".ssh"
    (folder / "more").mkdir(parents=True)
    (folder / "more" / "a.conf").write_text(INCLUDED)
    # ssh itself looks for relative names where the user's own home is, whatever HOME says.
    (folder / "config").write_text(CONFIG.replace("more/", f"{folder}/more/"))
    return folder / "config"


def of(config: Path, host: str) -> Settings:
    return SshConfig(config).settings(host)


@pytest.mark.lab
@pytest.mark.parametrize("host", HOSTS)
def test_as_ssh_itself(config: Path, host: str) -> None:
    said = subprocess.run(
        ["ssh", "-G", "-F", config, host], check=True, capture_output=True, text=True
    ).stdout
    wanted: dict[str, list[str]] = {}
    for row in said.splitlines():
        key, _, value = row.partition(" ")
        wanted.setdefault(key, []).append(value)
    found = of(config, host)
    assert [found.address] == wanted["hostname"]
    assert [str(found.port)] == wanted["port"]
    assert [found.user] == wanted["user"]
    assert found.identities_only is (wanted["identitiesonly"] == ["yes"])
    assert found.accepts_unknown is (wanted["stricthostkeychecking"] != ["ask"])
    assert found.alive_s == float(wanted["serveraliveinterval"][0]) == 7
    if "connecttimeout" in wanted and wanted["connecttimeout"] != ["none"]:
        assert found.connect_timeout_s == float(wanted["connecttimeout"][0])
    if host.endswith("a.lab"):
        here = str(config.parent)
        # OpenSSH prints ~ as it stands in the file.
        files = [
            name.replace("~/.ssh", here).replace("%h", "a.lab") for name in wanted["identityfile"]
        ]
        assert list(found.identity_files) == files
        assert found.known_hosts[0] == f"{here}/lab_hosts"
    if "proxyjump" in wanted:
        jumps = [f"{jump.user}@{jump.address}:{jump.port}" for jump in found.jumps]
        assert jumps == ["core@jump.lab:2200", "fallback@second:22"]


def test_a_relative_include_is_of_the_users_folder(config: Path) -> None:
    config.write_text("Host other\n    User x\n    Include more/a.conf\n    Port 7\n")
    assert of(config, "included").port == 99
    assert of(config, "other").port == 7  # its own block goes on behind the included one


def test_names_under_which_the_host_is_known(config: Path) -> None:
    assert of(config, "plain").host_key_names == ("10.0.0.7",)
    assert of(config, "a.lab").host_key_names == ("[a.lab]:2222", "a.lab")
    assert of(config, "included").host_key_names == ("alias",)


def test_the_way_of_the_first_jump_host_is_taken_too(config: Path) -> None:
    text = (
        "Host c\n ProxyJump b\nHost b\n ProxyJump a\nHost d\n ProxyJump b,e\nHost e\n ProxyJump a\n"
    )
    config.write_text(text)
    assert [jump.address for jump in of(config, "c").jumps] == ["a", "b"]
    assert [jump.address for jump in of(config, "d").jumps] == ["a", "b", "e"]
    config.write_text(text.replace("Host c\n", "Host c\n ProxyJump none\n"))
    assert of(config, "c").jumps == ()


def test_agents(config: Path) -> None:
    assert of(config, "plain").agent == "/run/agent"
    for asked, path in {
        "none": "",
        "SSH_AUTH_SOCK": "/run/agent",
        "~/a": f"{config.parents[1]}/a",
    }.items():
        config.write_text(f"IdentityAgent {asked}\n")
        assert of(config, "plain").agent == path


@pytest.mark.parametrize(
    "word", ["::1", "[::1]", "root@[fe80::1%eth0]:2222", "node:2222", "a_b-c.d"]
)
def test_hosts(config: Path, word: str) -> None:
    found = of(config, word)
    assert found.named == word
    assert found.address in ("::1", "fe80::1%eth0", "node", "a_b-c.d")
    assert found.port == (2222 if word.endswith("2222") else 22)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "-v",
        "-oProxyCommand=x",
        "a b",
        "a@",
        "@a",
        "a/b",
        "a;b",
        "$(id)",
        "-l@a",
        "a:0",
        "a:99999",
    ],
)
def test_what_is_no_host(config: Path, word: str) -> None:
    with pytest.raises(WrongQuestionError):
        of(config, word)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Host a\n Port x\n", "port is no number"),
        ("Host a\n ConnectTimeout soon\n", "connecttimeout is no number"),
        ("Host a\n ProxyCommand nc\n", "ProxyCommand"),
        ("Host a\n ProxyJump a\n", "circle"),
        ("Host a\n ProxyJump -x\n", "no host"),
        ("Include {file}\n", "include each other"),
        ("word\n", "can't be read"),
        ("Host \xff\n", "can't be read"),
    ],
)
def test_what_can_not_be_done_is_said(config: Path, text: str, said: str) -> None:
    config.write_text(text.format(file=config), encoding="latin-1")
    with pytest.raises(WrongQuestionError, match=said):
        of(config, "a")


def test_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = SshConfig(None).settings("root@node")
    assert (found.user, found.address, found.port) == ("root", "node", 22)
    assert found.known_hosts[0] == f"{tmp_path}/.ssh/known_hosts"
    assert found.identity_files[-1] == f"{tmp_path}/.ssh/id_ed25519"
    assert not found.accepts_unknown
