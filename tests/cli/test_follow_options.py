"""What `--follow` can't go with, and that nothing of it is loaded without it."""

from pathlib import Path

import pytest

from tests.cli.program import real, run

_WAY = ("--ovsdb", "n1:nb=unix:/nowhere/nb.sock")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("explain", "x", "--for", "3"), "--for belongs to --follow"),
        (("explain", "x", "--interval", "3"), "--interval belongs to --follow"),
        (("trace", "x", "y", "--for", "3"), "--for belongs to --follow"),
        (("explain", "x", "--follow", "--from", "."), "a dump has none (no --from)"),
        (("trace", "x", "y", "-f", "--from", "."), "a dump has none (no --from)"),
        (("explain", "x", "--follow", "-o", "markdown"), "--follow has -o tree, table or json"),
        (("explain", "x", "--follow", "--to", "y"), "--follow has no --to"),
        (("trace", "x", "y", "--follow", "--confirm"), "no --confirm"),
        (("trace", "--follow", "--flows", "-"), "no --flows"),
        (("trace", "--follow"), "SRC and DST are missing"),
        (("explain", "x", "--follow", "--for", "0"), "--for"),
        (("explain", "x", "--follow", "--interval", "0"), "--interval"),
        (("explain", "x", "--follow", "--for", "nan"), "--for"),
        (("explain", "x", "--follow", "--interval", "3", *_WAY), "over OVSDB each change is told"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_excludes_each_other(words: tuple[str, ...], line: str) -> None:
    done = run(real(*words))
    assert (done.returncode, done.stdout) == (2, "")
    assert line in done.stderr
    assert done.stderr.startswith("ovntrace: ")


@pytest.mark.parametrize("words", [("explain", "x"), ("trace", "x", "y")], ids=" ".join)
def test_the_first_answer_fails_as_it_does_without(words: tuple[str, ...]) -> None:
    plain, following = (run(real(*words, *_WAY, *more)) for more in ((), ("--follow",)))
    assert following.returncode == plain.returncode == 3
    assert following.stderr == plain.stderr != ""
    assert following.stdout == ""


@pytest.mark.parametrize("command", ["explain", "trace"])
def test_nothing_of_it_is_loaded_without_it(command: str, tmp_path: Path) -> None:
    ends = ["x"] if command == "explain" else ["x", "y"]
    words = [command, *ends, "--ovsdb", f"n1:nb=unix:{tmp_path}/nb.sock"]
    code = (
        "import sys\n"
        "from ovntrace.cli.main import main\n"
        f"main({words!r}, 'ovntrace')\n"
        "heavy = ('rich', 'ovntrace.follow', 'ovntrace.cli.follow', 'renderers.follow')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    assert run([real()[0], "-c", code]).stdout == "[]\n"


def test_lines_need_no_rich(tmp_path: Path) -> None:
    """Of a log, without colour."""
    words = ["explain", "x", "--follow", "--ovsdb", f"n1:nb=unix:{tmp_path}/nb.sock"]
    code = (
        "import sys\n"
        "from ovntrace.cli.main import main\n"
        f"main({words!r}, 'ovntrace')\n"
        "print('rich' in sys.modules, 'ovntrace.cli.follow' in sys.modules)\n"
    )
    assert run([real()[0], "-c", code]).stdout == "False True\n"


def test_yaml_has_no_end_to_wait_for() -> None:
    done = run(real("trace", "x", "y", "--follow", "-o", "yaml"))
    assert done.returncode == 2
    assert "--follow has -o tree or json" in done.stdout
