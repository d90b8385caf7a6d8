"""The commands by name: where each is, and its one line of help.

Known without importing any of them, so that `--help` costs little.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """A command: its module in `ovntrace.cli`, which holds a click command of the same name."""

    module: str
    short_help: str


COMMANDS: dict[str, Entry] = {
    "explain": Entry("ovntrace.cli.explain", "Say hop by hop how a pod or VM is plugged in."),
    "trace": Entry(
        "ovntrace.cli.trace", "Say whether a flow passes, and which ACL of which policy decides it."
    ),
    "lint": Entry(
        "ovntrace.cli.lint", "Find ACLs that are not in force because their match does not compile."
    ),
    "diff": Entry(
        "ovntrace.cli.diff", "Say what changed from A to B: workloads, hops, policies, verdicts."
    ),
    "match": Entry("ovntrace.cli.match", "Parse a match expression, or judge a packet by it."),
    "ls": Entry("ovntrace.cli.ls", "List workloads with their attachments, networks and nodes."),
    "dump": Entry(
        "ovntrace.cli.dump",
        "Collect all that the other commands read, to ask it later with --from.",
    ),
    "db": Entry(
        "ovntrace.cli.db",
        "Look into an OVSDB file: its tables, their state at an earlier time, a row's past.",
    ),
    "doctor": Entry(
        "ovntrace.cli.doctor",
        "Say for the ways in at hand what works, what is missing and how to get it.",
    ),
    "commands": Entry("ovntrace.cli.commands", "Print everything that ovntrace reads and can run."),
    "completion": Entry("ovntrace.cli.completion", "Print the completion script of a shell."),
}
