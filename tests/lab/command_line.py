"""What the command lines of a lab and of a cluster share."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from tests.lab.api_process import serve_api
from tests.lab.commands import LabError
from tests.lab.suites import OVN_SUITES, SuiteUnavailable
from tests.lab.toolset import INSTALLED

Run = Callable[[argparse.Namespace], int]


class Running(Protocol):
    """A lab or a cluster that is up."""

    folder: Path

    def apply_policies(self) -> None:
        """Apply the MultiNetworkPolicies."""
        ...

    def remove_policies(self) -> None:
        """Remove them."""
        ...


Open = Callable[[Path], Running]


class CommandLine:
    """Commands that each take the folder of what they are about; `open_` opens what is in it.

    `what` is a word: lab or cluster.
    """

    def __init__(self, prog: str, about: str | None, what: str, folder: Path, open_: Open) -> None:
        self._prog, self._what, self._folder, self._open = prog, what, folder, open_
        self.parser = argparse.ArgumentParser(prog=f"python -m {prog}", description=about)
        self._commands = self.parser.add_subparsers(required=True, metavar="COMMAND")

    def add(self, name: str, run: Run, text: str) -> argparse.ArgumentParser:
        """A command; what else it takes is added to its parser."""
        added = self._commands.add_parser(name, help=text, description=text)
        folder = f"the {self._what}'s folder"
        added.add_argument("--dir", type=Path, default=self._folder, help=folder)
        added.set_defaults(run=run)
        return added

    def add_up(self, run: Run) -> argparse.ArgumentParser:
        """The command that starts it."""
        up = self.add("up", run, f"start a {self._what}")
        up.add_argument("--ovn", default=INSTALLED, choices=[INSTALLED, *OVN_SUITES])
        up.add_argument(
            "--no-policies", action="store_true", help="without the MultiNetworkPolicies"
        )
        return up

    def add_policies(self) -> None:
        """The command for its policies."""
        policies = self.add("policies", self._policies, "apply or remove the MultiNetworkPolicies")
        policies.add_argument("action", choices=["apply", "remove"])

    def add_kubeconfig(self) -> None:
        """The command for its Kubernetes API."""
        text = f"serve the {self._what} as a Kubernetes API"
        kubeconfig = self.add("kubeconfig", self._kubeconfig, text)
        kubeconfig.add_argument("options", nargs="*", help="after --: options of tests.lab.api")

    def main(self, words: Sequence[str] | None = None) -> int:
        """Run one command; one line for expected trouble."""
        arguments = self.parser.parse_args(words)
        try:
            code: int = arguments.run(arguments)
        except (LabError, SuiteUnavailable) as error:
            print(f"{self._prog}: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
        return code

    def _policies(self, arguments: argparse.Namespace) -> int:
        running = self._open(arguments.dir)
        if arguments.action == "apply":
            running.apply_policies()
        else:
            running.remove_policies()
        return 0

    def _kubeconfig(self, arguments: argparse.Namespace) -> int:
        folder = self._open(arguments.dir).folder
        print(f"export KUBECONFIG={serve_api(folder, arguments.options)}")
        return 0
