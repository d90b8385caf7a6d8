"""`--help` is cheap, true and complete; the package's scripts lead to it."""

import tomllib
from importlib import import_module

import click
import pytest

from ovntrace import __version__
from ovntrace.cli.app import app
from ovntrace.cli.commandtable import COMMANDS
from tests.cli.program import REPOSITORY, real, run

HEAVY = ("rich", "kubernetes", "paramiko", "ovs", "yaml", "json", "websocket", "urllib3")


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], (*HEAVY, "renderers", "collectors")),
        (["explain", "--help"], HEAVY),
        (["commands"], HEAVY),
    ],
)
def test_nothing_heavy_is_imported(arguments: list[str], forbidden: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from ovntrace.cli.main import main\n"
        f"code = main({arguments!r}, 'ovntrace')\n"
        f"print([name for name in {forbidden!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = run([real()[0], "-c", code])
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert done.stdout


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_tables_short_help_is_the_commands_own(name: str) -> None:
    command = app.get_command(click.Context(app), name)
    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name].short_help
    assert run(real(name, "--help")).stdout.startswith(f"Usage: ovntrace {name} ")


def test_every_option_has_a_help() -> None:
    for name in COMMANDS:
        command = app.get_command(click.Context(app), name)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts}"


def test_version() -> None:
    assert run(real("--version")).stdout == f"ovntrace {__version__}\n"


def test_the_packages_scripts_exist() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert set(project["scripts"]) == {"ovntrace", "kubectl-ovntrace", "ovntrace-gather"}
    for place in project["scripts"].values():
        module, _, function = place.partition(":")
        assert callable(getattr(import_module(module), function))


def test_the_kubectl_plugin_calls_itself_what_was_typed() -> None:
    code = "from ovntrace.cli.main import run_kubectl; run_kubectl()"
    done = run([real()[0], "-c", code, "explain"])
    assert done.returncode == 2
    assert "kubectl ovntrace explain --help" in done.stderr
    assert run([real()[0], "-c", code, "--help"]).stdout.startswith("Usage: kubectl ovntrace ")
