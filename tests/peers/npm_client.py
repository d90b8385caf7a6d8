"""npm's @kubernetes/client-node, installed into the cache of unpacked packages."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.lab.suites import SuiteUnavailable, cache_folder, filled_once

PACKAGE: Final = "@kubernetes/client-node"
_MAJOR: Final = "1"  # the last one that runs with Node.js 20
_INSTALL_S: Final = 240.0


def client_node() -> Path:
    """The package's folder; installed when asked for first. Raises SuiteUnavailable."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise SuiteUnavailable(f"{program} is not on this machine")
    folder = filled_once(cache_folder() / f"client-node-{_MAJOR}", _install)
    return folder / "node_modules" / PACKAGE


def version_of(package: Path) -> str:
    """The version that an installed package says of itself."""
    return str(json.loads((package / "package.json").read_bytes())["version"])


def _install(workplace: Path, _final: Path) -> None:
    # Nothing that a package brings is run at its installation.
    argv = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
    argv += [str(workplace), f"{PACKAGE}@{_MAJOR}"]
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
            env={**os.environ, "npm_config_update_notifier": "false"},
        )
    except subprocess.TimeoutExpired:
        raise SuiteUnavailable(f"npm install took over {_INSTALL_S:.0f} s") from None
    if done.returncode != 0:
        first = (done.stderr.strip() or "no message").splitlines()[0]
        raise SuiteUnavailable(f"npm install {PACKAGE} failed: {first}")
