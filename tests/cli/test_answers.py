"""What `explain` and `ls` print in each form, by the real entry point."""

import json

import pytest
import yaml

from ovntrace.view.outcome import exit_code
from renderers.formats import (
    EXPLAIN_FORMATS,
    LISTING_FORMATS,
    render_explain,
    render_listing,
)
from tests.cli.program import environment, run, staged
from tests.renderers import sample


@pytest.mark.parametrize("form", EXPLAIN_FORMATS)
@pytest.mark.parametrize("scene", list(sample.EXPLAINS))
def test_explain(scene: str, form: str) -> None:
    view = sample.EXPLAINS[scene]()
    done = run(staged(scene, "explain", "tinypod", "-o", form, "--why"))
    assert done.returncode == exit_code(view)
    assert done.stdout == render_explain(view, form, why=True)
    assert done.stderr == ""


@pytest.mark.parametrize("form", LISTING_FORMATS)
def test_ls(form: str) -> None:
    done = run(staged("sound_vm", "ls", "-o", form))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == render_listing(sample.listing(), form)


def test_documents_are_read_by_others() -> None:
    as_json = run(staged("hostile", "explain", "x", "-o", "json")).stdout
    as_yaml = run(staged("hostile", "explain", "x", "-o", "yaml")).stdout
    assert json.loads(as_json) == yaml.safe_load(as_yaml)


def test_ascii_is_enough_for_documents() -> None:
    env = environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    done = run(staged("hostile", "explain", "x", "-o", "json"), env)
    assert done.stdout == run(staged("hostile", "explain", "x", "-o", "json")).stdout
