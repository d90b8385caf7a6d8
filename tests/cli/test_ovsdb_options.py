"""`--ovsdb` and the options that belong to it, as the program takes them."""

from pathlib import Path

import pytest

from tests.cli.program import real, run

_NB = ("--ovsdb", "nb=unix:/nowhere/nb.sock")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--ca-cert", __file__), "--ca-cert belongs to --ovsdb, which is not given"),
        (("--no-leader-only",), "--no-leader-only belongs to --ovsdb, which is not given"),
        ((*_NB, "--local"), "--local and --ovsdb are two ways in: give one of them"),
        ((*_NB, "--from", "."), "--from and --ovsdb are two ways in: give one of them"),
        (
            (*_NB, "--context", "c"),
            "--context is of the live cluster and means nothing with --ovsdb",
        ),
        (("--ovsdb", "nb=http:h:1"), "--ovsdb 'nb=http:h:1': 'http:h:1' is no remote"),
        ((*_NB, *_NB), "--ovsdb nb= is given twice"),
    ],
)
def test_a_wrong_question(words: tuple[str, ...], line: str) -> None:
    done = run(real("ls", *words))
    assert done.returncode == 2
    assert done.stderr.startswith(f"ovntrace: {line}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (_NB, "unix:/nowhere/nb.sock: no such file or directory"),
        (("--ovsdb", "nb=ssl:h:1"), "ssl:h:1: ssl: needs the certificate of a CA"),
    ],
)
def test_no_answer(words: tuple[str, ...], line: str) -> None:
    done = run(real("ls", *words))
    assert done.returncode == 3
    assert done.stderr.startswith(f"ovntrace: {line}")
    assert done.stderr.count("\n") == 1


def test_neither_the_tools_nor_kubernetes_are_loaded(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from ovntrace.cli.main import main\n"
        f"main(['ls', '--ovsdb', 'nb=unix:{tmp_path}/nb.sock'], 'ovntrace')\n"
        "heavy = ('kubernetes', 'paramiko', 'ovs', 'ssl', 'subprocess')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    assert run([real()[0], "-c", code]).stdout == "[]\n"
