"""Rendered output that a person has looked at and kept.

`UPDATE_GOLDEN=1 pytest` writes the files anew: look at the difference before you keep it.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"


def check(name: str, text: str) -> None:
    """Compare with tests/golden/NAME."""
    path = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text(), f"{path.name} differs"
