"""What the kernel lets this process do."""

import os
import re
from pathlib import Path
from typing import Final

_CAP_SYS_ADMIN: Final = 21  # include/uapi/linux/capability.h of Linux


def may_enter_namespaces(status: Path = Path("/proc/self/status")) -> bool:
    """True if network namespaces can be entered: setns(2) wants CAP_SYS_ADMIN."""
    try:
        found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status.read_text(), re.MULTILINE)
    except OSError:
        found = None
    if found is None:
        return os.geteuid() == 0
    return bool(int(found[1], 16) >> _CAP_SYS_ADMIN & 1)
