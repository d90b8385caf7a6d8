"""/etc/ovn as the containers of OVN-Kubernetes see it: with the node's database files.

`ip netns exec NAME` binds what is in /etc/netns/NAME over /etc for the program that it starts
(ip-netns(8)), so a link there is all that it takes.
"""

import contextlib
from pathlib import Path

from tests.lab.places import Places

_ETC_NETNS = Path("/etc/netns")
_ETC_OVN = Path("/etc/ovn")


def show_databases(places: Places) -> None:
    """From now on /etc/ovn is the node's folder, for whatever is started in its namespace."""
    if not _ETC_OVN.is_dir():  # nothing to bind it over
        return
    folder = _ETC_NETNS / places.node
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ovn").symlink_to(places.ovn)


def hide_databases(places: Places) -> None:
    """Remove the link. Harmless where there is none."""
    folder = _ETC_NETNS / places.node
    with contextlib.suppress(FileNotFoundError):
        (folder / "ovn").unlink()
    # /etc/netns itself stays: another lab may be about to use it.
    with contextlib.suppress(OSError):
        folder.rmdir()
