"""The options of SSH on the command line: which go together, and which not."""

from pathlib import Path

import pytest

from ovntrace.cli.main import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ssh", "a", "--local"], "--local and --ssh are two ways in"),
        (["--ssh", "a", "--from", "."], "--from and --ssh are two ways in"),
        (["--ssh", "a", "--ovsdb", "nb=unix:/x"], "--ssh and --ovsdb are two ways in"),
        (["--ssh", "a", "--context", "x"], "--context is of the live cluster"),
        (["--sudo"], "--sudo belongs to --ssh"),
        (["--ssh-config", "{file}"], "--ssh-config belongs to --ssh"),
        (["--ssh", "a", "--ssh-config", "/nonexistent"], "does not exist"),
        (["--ssh", "-x", "--ssh-config", "{file}"], "no host: '-x'"),
    ],
)
def test_what_does_not_go_together(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config"
    file.write_text("")
    assert main(["ls", *(word.format(file=file) for word in words)], "ovntrace") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert said in line


def test_the_namespace_of_ovn_kubernetes_goes_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config"
    file.write_text("Host a\n HostName 127.0.0.1\n Port 1\n")
    words = ["ls", "--ssh", "a", "--ssh-config", str(file), "--ovn-namespace", "x"]
    assert main(words, "ovntrace") == 3
    [line] = capsys.readouterr().err.splitlines()
    assert line == "ovntrace: a: 127.0.0.1 port 1: connection refused"
