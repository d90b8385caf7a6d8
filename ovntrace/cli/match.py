"""`ovntrace match`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ovntrace.cli.app import Command
from ovntrace.cli.emit import emit, is_heard
from ovntrace.cli.options import dump_option, output_option
from ovntrace.errors import ExitCode, NoAnswerError
from renderers.formats import MATCH_FORMATS

if TYPE_CHECKING:
    from ovntrace.cli.matching import Judge

STDIN = "-"


@click.command(cls=Command)
@click.argument("expr", required=False, metavar="[EXPR|-]")
@click.option("--packet", metavar="MICROFLOW", help="A packet, described as for ovn-trace.")
@click.option("--partial", is_flag=True, help="Fields that MICROFLOW does not name: not known.")
@click.option("--ovn", metavar="VERSION", help="As this OVN has it, as 23.09. Else: the newest.")
@dump_option
@click.option("--switch", metavar="NAME", help="With --from: resolve $sets and @groups on it.")
@click.option("--node", metavar="NODE", help="With --from: the switch of this node's zone.")
@output_option(MATCH_FORMATS)
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def match(expr: str | None, packet: str | None, partial: bool, output: str, **where: Any) -> int:
    """Parse a match expression, or judge a packet by it.

    EXPR is printed back in OVN's own notation; what OVN refuses is an error with its place. With
    --packet the answer begins with 1, 0 or unknown, and the terms that decided follow. MICROFLOW
    fixes fields, as 'inport == "a" && ip4.src == 10.0.0.1'; those that it does not name are zero.

    - reads one expression a line, and answers each with a line: the same, or
    `error: COLUMN: MESSAGE`.

    Exits with 2 if an expression was refused, else with 0.
    """
    if partial and packet is None:
        raise click.UsageError("--partial says how to read --packet: give that too")
    if expr is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("an expression is needed, or - to read them from stdin")
        expr = STDIN
    from ovntrace.cli.matching import Judge

    judge = Judge.of(packet, partial=partial, **_place(where))
    if expr == STDIN:
        return _answer_lines(judge, output)
    return _answer(judge, expr, output)


def _place(where: dict[str, Any]) -> dict[str, Any]:
    paths: tuple[Path, ...] = where["from_paths"]
    if bool(paths) != (where["switch"] is not None):
        raise click.UsageError("--from and --switch go together: names are those of a switch")
    if not paths and where["node"] is not None:
        raise click.UsageError("--node says which zone of --from is meant")
    return {"paths": paths, "ovn": where["ovn"], "switch": where["switch"], "node": where["node"]}


def _answer(judge: "Judge", expr: str, output: str) -> int:
    from ovntrace.cli.complain import say
    from renderers.match import match_json, match_text, refusal_lines

    answer = judge.answer(expr)
    if output == "json":
        emit(match_json(answer) + "\n")
    elif answer.error is None:
        emit(match_text(answer) + "\n")
    if answer.error is None:
        return ExitCode.OK
    for line in refusal_lines(answer.error):
        say(line)
    return ExitCode.USAGE


def _answer_lines(judge: "Judge", output: str) -> int:
    """A line for a line. All answers to what was read at once are written at once."""
    from ovntrace.cli.linereader import lines_of
    from renderers.match import match_json, match_text

    show = match_json if output == "json" else match_text
    code = ExitCode.OK
    if sys.stdin is None:
        raise NoAnswerError("it is closed", place="stdin")
    for texts in lines_of(sys.stdin.fileno()):
        shown: list[str] = []
        for text in texts:
            answer = judge.answer(text)
            if answer.error is not None:
                code = ExitCode.USAGE
            shown += (show(answer), "\n")
        emit("".join(shown))
        if not is_heard():
            break
    return code
