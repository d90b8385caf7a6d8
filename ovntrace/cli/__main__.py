"""`python -m ovntrace.cli` is `ovntrace`."""

from ovntrace.cli.main import run

run()
