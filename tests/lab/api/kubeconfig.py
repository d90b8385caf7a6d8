"""The kubeconfig of a running stand-in server: one context for each user."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.lab.api.rbac import User


def kubeconfig(url: str, ca_pem: bytes, users: Mapping[str, User]) -> str:
    """YAML with a context for each of `users` (by context's name); the first one is current."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "lab",
                    "cluster": {
                        "server": url,
                        "certificate-authority-data": base64.b64encode(ca_pem).decode(),
                    },
                }
            ],
            "users": [{"name": n, "user": {"token": user.token}} for n, user in users.items()],
            "contexts": [{"name": n, "context": {"cluster": "lab", "user": n}} for n in users],
            "current-context": next(iter(users)),
        },
        sort_keys=False,
    )


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner only: it holds tokens."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.rename(path)
