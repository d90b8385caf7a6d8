"""The package as it is installed: its names, its scripts, what it needs, and kubectl's plugin."""

import ast
import re
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from benchmarks.startup import EXPLAIN, HELP, loaded
from ovntrace import __version__
from tests.cli.program import environment, real, run
from tests.lab.suites import SuiteUnavailable, kubectl

ROOT = Path(__file__).parents[1]
ROOMS = ("ovntrace", "collectors", "renderers")
# Import names that are not the distribution's own name.
DISTRIBUTIONS = {"yaml": "pyyaml", "websocket": "websocket-client"}
HEAVY = ("kubernetes", "paramiko", "ovs", "ovsdbapp", "websocket", "urllib3", "requests", "yaml")


def imported() -> set[str]:
    """Top-level names of other people's packages that the package imports anywhere."""
    found: set[str] = set()
    for room in ROOMS:
        for file in ROOT.glob(f"{room}/**/*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - set(ROOMS)


def needed_by(distribution: str) -> set[str]:
    """Distributions that one needs at run time, lower case."""
    lines = metadata.requires(distribution) or []
    return {re.split(r"[\s<>=!~;\[(]", line)[0].lower() for line in lines if "extra ==" not in line}


def test_all_that_is_imported_is_asked_for() -> None:
    """By the package itself, or by the kubernetes package, whose transport it shares."""
    wanted = {DISTRIBUTIONS.get(name, name) for name in imported()}
    assert wanted - needed_by("ovntrace") <= needed_by("kubernetes") & {"urllib3"}


def test_all_that_is_asked_for_is_imported() -> None:
    assert needed_by("ovntrace") <= {DISTRIBUTIONS.get(name, name) for name in imported()}


def test_version_and_scripts() -> None:
    assert metadata.version("ovntrace") == __version__
    scripts = {
        one.name: one.value
        for one in metadata.entry_points(group="console_scripts")
        if one.dist is not None and one.dist.name == "ovntrace"
    }
    assert set(scripts) == {"ovntrace", "kubectl-ovntrace", "ovntrace-gather"}
    assert f"[Unreleased] - {__version__}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("words", [HELP, EXPLAIN], ids=["help", "explain"])
def test_nothing_heavy_at_the_start(words: tuple[str, ...]) -> None:
    assert loaded(words, environment(), HEAVY) == []


@pytest.mark.peers
@pytest.mark.parametrize("version", ["1.32", "1.36"])
def test_kubectl_finds_its_plugin(version: str) -> None:
    """`kubectl ovntrace explain …` is `ovntrace explain …`, with kubectl's name in its help."""
    try:
        program = str(kubectl(version))
    except SuiteUnavailable as why:
        pytest.skip(str(why))
    scripts = Path(sys.executable).parent
    assert (scripts / "kubectl-ovntrace").is_file()
    env = environment(PATH=f"{scripts}:/usr/bin:/bin")
    # A dump's age grows while one watches.
    ours, theirs = (
        re.sub(r'"age_s": [\d.]+', "", run([*start, *EXPLAIN, "-o", "json"], env).stdout)
        for start in (real(), [program, "ovntrace"])
    )
    assert theirs == ours
    assert '"kind": "explain"' in ours
    assert run([program, "ovntrace", "--help"], env).stdout.startswith("Usage: kubectl ovntrace ")
    assert run([program, "ovntrace", "explain", "nobody", *EXPLAIN[2:]], env).returncode == 2


@pytest.mark.peers
def test_the_wheel_works_without_the_tests_packages(tmp_path: Path) -> None:
    """Built and installed afresh, it answers; it holds the three packages and nothing else."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    _call([*pip, "wheel", "--quiet", "--no-deps", "-w", str(tmp_path), str(ROOT)])
    [wheel] = tmp_path.glob("ovntrace-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        assert any(name.endswith("/LICENSE") for name in archive.namelist())
    assert tops == {*ROOMS, f"ovntrace-{__version__}.dist-info"}
    home = tmp_path / "home"
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    _call([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)])
    program = str(home / "bin" / "ovntrace")
    assert _call([program, "--version"], tmp_path) == f"ovntrace {__version__}\n"
    assert "guest-interface" in _call(
        [program, "explain", "vm/centos-stream9-gold-rabbit-80", *EXPLAIN[2:]], tmp_path
    )
    assert _call([python, "-c", "from collectors.kube import Kube; print(Kube.kind)"]) == "kube\n"


def _call(argv: list[str], folder: Path = ROOT) -> str:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
