"""The pages and the code say the same: findings, links, options, rights, exit codes, the map."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from benchmarks.__main__ import BENCHMARKS
from collectors.artifacts import ARTEFACTS, Artefact, Where
from ovntrace.cli.app import app
from ovntrace.errors import ExitCode
from tests.lab.__main__ import command_line as lab_command_line

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *(ROOT / "examples").glob("*.md")],
    key=lambda page: page.relative_to(ROOT).as_posix(),
)
CODE = [
    file
    for room in ("ovntrace", "collectors", "renderers")
    for file in ROOT.glob(f"{room}/**/*.py")
]
# Options in README that are another program's.
OTHERS_OPTIONS = {"--dry-run": "ovn-nbctl", "--net": "nsenter"}


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


# --- findings -------------------------------------------------------------------------------------


def findings_of_code() -> dict[str, set[str]]:
    """Ids with their severities, from the calls that make a Problem or a Finding."""
    found: dict[str, set[str]] = {}
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            first, second = node.args[:2]
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                continue
            if re.fullmatch(r"OVT\d{3}", first.value):
                assert isinstance(second, ast.Constant), f"{file}:{node.lineno}"
                found.setdefault(first.value, set()).add(str(second.value))
    return found


def findings_of_page() -> dict[str, set[str]]:
    rows = re.findall(r"^\| (OVT\d{3}) \| ([a-z, ]+) \|", text_of("docs/findings.md"), re.MULTILINE)
    assert len(rows) == len({name for name, _ in rows}), "an id stands there twice"
    return {name: set(severities.split(", ")) for name, severities in rows}


def test_every_finding_is_in_the_page_with_its_severity() -> None:
    assert findings_of_page() == findings_of_code()


def test_every_id_in_the_code_is_made_by_a_call_that_was_seen() -> None:
    named = {name for file in CODE for name in re.findall(r"OVT\d+", file.read_text())}
    assert named == set(findings_of_code())
    assert len(named) > 30


def test_a_finding_that_is_not_proven_says_so() -> None:
    marked = set(re.findall(r"\| (OVT\d{3}) .*\(consistent\)", text_of("docs/findings.md")))
    calls = (
        node
        for file in CODE
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    )
    consistent = {
        str(call.args[0].value)  # type: ignore[attr-defined]
        for call in calls
        if any(isinstance(a, ast.Constant) and a.value == "consistent" for a in call.args)
    }
    assert marked == consistent


# --- links, options, targets ----------------------------------------------------------------------


def links(page: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not re.match(r"[a-z]+://", target):
            yield target.partition("#")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for target in links(page):
        assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_page_is_linked() -> None:
    linked = {(page.parent / target).resolve() for page in PAGES for target in links(page)}
    assert [page.name for page in DOCS.glob("*.*") if page.resolve() not in linked] == []


def options() -> set[str]:
    """All options of all commands."""
    context = click.Context(app, **app.context_settings)
    commands = [app, *(app.get_command(context, name) for name in app.list_commands(context))]
    return {
        option
        for command in commands
        if command is not None
        for parameter in command.get_params(context)
        for option in parameter.opts
    }


@pytest.mark.parametrize(
    "name", ["README.md", "docs/rights.md", "docs/findings.md", "examples/README.md"]
)
def test_options_exist(name: str) -> None:
    words = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text_of(name)))
    assert words - set(OTHERS_OPTIONS) - options() == set()


def test_every_option_that_matters_is_in_the_readme() -> None:
    needed = {"--from", "--local", "--kubeconfig", "--context", "--ovn-namespace", "--output"}
    assert needed <= options()
    assert [option for option in needed if option not in text_of("README.md")] == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    for page in PAGES:
        named = re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)
        assert set(named) <= targets, page.name


def test_commands_of_the_lab_exist() -> None:
    actions = lab_command_line().parser._actions
    [choices] = [action.choices for action in actions if isinstance(action.choices, dict)]
    named = set(re.findall(r"python -m tests\.lab ([a-z]+)", text_of("docs/lab.md")))
    assert named == set(choices)


# --- rights, exit codes, dumps --------------------------------------------------------------------


def test_rights_are_of_what_is_read() -> None:
    """The manifest's lists are in the table of artefacts, and both pages name each of them."""
    documents = [doc for doc in yaml.safe_load_all(text_of("docs/rbac.yaml")) if "rules" in doc]
    [read] = [doc for doc in documents if doc["metadata"]["name"] == "ovntrace-read"]
    pairs = {
        (group, resource)
        for rule in read["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    # Neither explain nor ls asks for these two.
    unread = {("", "nodes"), ("", "namespaces")}
    assert pairs == {_group_and_plural(one.resource) for one in _lists()} - unread
    for page in ("README.md", "docs/rights.md"):
        for _, resource in pairs:
            assert resource in text_of(page), f"{page}: {resource}"


def _lists() -> list[Artefact]:
    return [one for one in ARTEFACTS if one.where is Where.API]


def _group_and_plural(path: str) -> tuple[str, str]:
    parts = path.strip("/").split("/")
    return (parts[1] if parts[0] == "apis" else "", parts[-1])


def test_exit_codes() -> None:
    for name in ("README.md", "docs/exit-codes.md"):
        codes = re.findall(r"^\| (\d+) \|", text_of(name), re.MULTILINE)
        assert [int(code) for code in codes] == [int(code) for code in ExitCode], name


def test_files_of_a_dump() -> None:
    page = text_of("docs/dump-format.md")
    for one in ARTEFACTS:
        if one.file:
            assert f"/{one.file}" in page, one.name


# --- the map --------------------------------------------------------------------------------------


def test_the_map_shows_every_room() -> None:
    rows = re.findall(r"^\| (`.*?) \|", text_of("CONTRIBUTING.md"), re.MULTILINE)
    places = [place for row in rows for place in re.findall(r"`([^`]+)`", row)]
    homes = [home for home in places if "/" in home]
    # `collectors/local.py`, `process.py`: the second stands beside the first.
    missing = [home for home in homes if not (ROOT / home).exists()]
    assert missing == []
    shown = {home.rstrip("/") for home in homes}
    inner = {"collectors/parse", "collectors/kube", "collectors/dump"}
    rooms = {
        folder.parent.relative_to(ROOT).as_posix()
        for name in ("ovntrace", "collectors", "renderers", "benchmarks", "examples")
        for folder in ROOT.glob(f"{name}/**/__init__.py")
    }
    assert inner <= rooms
    assert rooms - {"ovntrace"} <= shown


def test_performance_has_a_result_of_each_benchmark() -> None:
    page = text_of("docs/performance.md")
    assert len(re.findall(r"\| (?:met|MISSED|NOT RUN) ", page)) >= len(BENCHMARKS)
    for what in ("ovntrace --help", "explain, offline", "explain, live", "exec output, 45 MB"):
        assert f"| {what} " in page
