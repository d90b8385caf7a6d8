"""The top of the command line: a group that imports a command when it is asked for."""

from importlib import import_module

import click

from ovntrace import __version__
from ovntrace.cli.commandtable import COMMANDS
from ovntrace.cli.emit import emit

# The width of help texts: docs/cli.md must not depend on who generates it.
HELP_WIDTH = 100


class Command(click.Command):
    """A command whose help goes out through `emit`."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, by our own writer of stdout."""
        return _with_our_callback(super().get_help_option(ctx))


class LazyGroup(click.Group):
    """The commands of the table, each imported when it runs."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, by our own writer of stdout."""
        return _with_our_callback(super().get_help_option(ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import it."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(entry.module), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table's own short helps: nothing is imported for them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.short_help) for name, entry in COMMANDS.items()])


def _with_our_callback(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.callback = _show_help
        option.help = "Show this and exit."
    return option


def _show_help(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        emit(context.get_help() + "\n")
        context.exit()


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        emit(f"ovntrace {__version__}\n")
        context.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"terminal_width": HELP_WIDTH, "help_option_names": ["-h", "--help"]},
    subcommand_metavar="COMMAND [ARGS]...",
    epilog="Exit codes: 0 sound, 1 something is broken, 2 wrong question, 3 no answer, "
    "70 a fault in ovntrace, 130 interrupted.",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
@click.pass_context
def app(context: click.Context) -> int:
    """Say how pods and VMs are plugged into OVN and Open vSwitch, and what is broken on the way.

    Nothing is ever changed: only the commands that `ovntrace commands` prints are run.
    """
    if context.invoked_subcommand is None:
        raise click.UsageError("a command is needed", ctx=context)
    return 0
