"""Pod images: a folder of programs each, which is the whole PATH of what is run in the pod."""

import shutil
from pathlib import Path

from tests.lab.commands import LabError
from tests.lab.example import PODS

_SHELL = ("sh", "bash", "cat", "ls", "env", "echo", "head", "tail", "sleep", "id", "uname", "tee",
          "dd", "false", "true", "printf", "hostname", "grep", "wc", "seq")  # fmt: skip
_NETWORK = ("ping", "ethtool", "ss", "bridge", "tc", "tcpdump", "socat", "tracepath")
IMAGES = ("full", "busybox-ip", "no-ip")
"""`full` has iproute2's ip, `busybox-ip` busybox's (it knows no JSON), `no-ip` none."""


def make_images(folder: Path) -> None:
    """The images' folders: links to those programs that this machine has."""
    unknown = {pod.image for pod in PODS} - set(IMAGES)
    if unknown:
        raise LabError(f"no such image: {', '.join(sorted(unknown))}")
    for image in IMAGES:
        place = folder / image
        place.mkdir(parents=True)
        for program in (*_SHELL, *_NETWORK):
            _link(place, program, program)
    _link(folder / "full", "ip", "ip")
    _link(folder / "busybox-ip", "ip", "busybox")


def _link(place: Path, name: str, program: str) -> None:
    found = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is not None:
        (place / name).symlink_to(found)
    elif name == "ip":
        raise LabError(f"{program} is not on this machine")
