"""`ovntrace commands` prints the collectors' own table, whole."""

import json

import jsonschema
import pytest

from collectors.artifacts import ARTEFACTS
from tests.cli.program import REPOSITORY, real, run


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_every_command_is_printed_whole(form: str) -> None:
    done = run(real("commands", "-o", form))
    assert (done.returncode, done.stderr) == (0, "")
    for artefact in ARTEFACTS:
        assert artefact.name in done.stdout
        assert artefact.resource in done.stdout
        for argv in (artefact.argv, artefact.netns_argv):
            assert " ".join(argv) in done.stdout


def test_the_json_is_the_table() -> None:
    done = run(real("commands", "-o", "json"))
    document = json.loads(done.stdout)
    schema = json.loads((REPOSITORY / "docs/schema/commands.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert [row["name"] for row in document["artefacts"]] == [one.name for one in ARTEFACTS]
    assert [row["argv"] for row in document["artefacts"]] == [list(one.argv) for one in ARTEFACTS]
