"""The kubeconfig: found and loaded (by the kubernetes package unless it is a plain one), its
troubles said in one line."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.kube.access import Access, captured_log, make_access
from collectors.kube.plain import read_plain
from ovntrace.errors import NoAnswerError, OvntraceError, WrongQuestionError

_DEFAULT = "~/.kube/config"
_SERVICE_ACCOUNT_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A way to a server, and the namespace that its context names."""

    access: Access
    namespace: str


def is_at_hand(kubeconfig: str | None, environ: Mapping[str, str] | None = None) -> bool:
    """True if there is something to load: a kubeconfig, or a pod's service account."""
    environ = os.environ if environ is None else environ
    location = kubeconfig or environ.get("KUBECONFIG") or _DEFAULT
    if any(path.exists() for path in _paths(location)):
        return True
    return kubeconfig is None and bool(environ.get("KUBERNETES_SERVICE_HOST"))


def _paths(location: str) -> list[Path]:
    return [Path(part).expanduser() for part in location.split(os.pathsep) if part]


def load(
    kubeconfig: str | None, context: str | None, environ: Mapping[str, str] | None = None
) -> Loaded:
    """From `kubeconfig`, else KUBECONFIG, else ~/.kube/config, else the pod that we run in.

    Raises WrongQuestionError for a configuration that is missing, damaged or has no such context,
    NoAnswerError if its credential plugin fails.
    """
    environ = os.environ if environ is None else environ
    location = kubeconfig or environ.get("KUBECONFIG") or _DEFAULT
    paths = _paths(location)
    # Proxies are those of the process, as for the package.
    plain = read_plain(paths[0], context, os.environ) if len(paths) == 1 else None
    if plain is not None:
        return Loaded(make_access(plain[0]), plain[1] or "default")
    if any(path.exists() for path in paths):
        return _from_file(location, context)
    if kubeconfig is None and environ.get("KUBERNETES_SERVICE_HOST"):
        return _from_pod()
    raise WrongQuestionError(
        "there is no kubeconfig",
        place=location,
        hint="log in first, or name one: --kubeconfig, KUBECONFIG; or ask a dump: --from",
    )


def _from_file(location: str, context: str | None) -> Loaded:
    from kubernetes.client.configuration import Configuration
    from kubernetes.config import kube_config

    package: Any = kube_config
    contexts = _contexts(location)
    name = context or contexts.current
    if name is None or name not in contexts.namespaces:
        raise _unknown_context(location, context, contexts)
    configuration = Configuration()
    with captured_log() as log:
        try:
            package.load_kube_config(location, name, client_configuration=configuration)
        except Exception as error:  # the package raises what YAML, base64 and the files raise
            raise _unreadable(location, error) from error
    # The package goes on without credentials when the plugin fails.
    if log and not configuration.auth_settings() and not configuration.cert_file:
        raise NoAnswerError(
            f"the kubeconfig's credential plugin failed: {log[-1].removeprefix('exec: ')}",
            place=location,
            hint="run its command by hand, or log in again",
        )
    return Loaded(make_access(configuration), contexts.namespaces[name] or "default")


def _from_pod() -> Loaded:
    from kubernetes import config
    from kubernetes.client.configuration import Configuration

    package: Any = config
    configuration = Configuration()
    try:
        package.load_incluster_config(client_configuration=configuration)
        namespace = _SERVICE_ACCOUNT_NAMESPACE.read_text().strip()
    except (package.ConfigException, OSError) as error:
        raise WrongQuestionError(
            f"there is no kubeconfig, and no service account: {error}", place="this pod"
        ) from error
    return Loaded(make_access(configuration), namespace or "default")


@dataclass(frozen=True, slots=True)
class _Contexts:
    current: str | None
    namespaces: dict[str, str]


def _contexts(location: str) -> _Contexts:
    from kubernetes.config import kube_config

    package: Any = kube_config
    try:
        merged: Any = package.KubeConfigMerger(location).config.value
        namespaces = {}
        for entry in merged["contexts"]:
            context = entry["context"]
            namespaces[str(entry["name"])] = str(context.value.get("namespace") or "")
        current = merged.get("current-context")
    except Exception as error:  # a file of a stranger: whatever YAML allows may stand there
        raise _unreadable(location, error) from error
    return _Contexts(str(current) if current else None, namespaces)


def _unknown_context(location: str, context: str | None, contexts: _Contexts) -> OvntraceError:
    known = sorted(contexts.namespaces)
    if context is None and not contexts.current:
        message = "the kubeconfig has no current context"
    else:
        message = f"the kubeconfig has no context {context or contexts.current}"
    return WrongQuestionError(
        message,
        place=location,
        hint="choose one with --context" if known else "",
        candidates=_nearest(context or contexts.current or "", known),
    )


def _nearest(name: str, known: list[str]) -> list[str]:
    import difflib

    near = difflib.get_close_matches(name, known, n=4, cutoff=0.3)
    return near or known[:4]


def _unreadable(location: str, error: Exception) -> WrongQuestionError:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    first = " ".join(said.split())[:300] or type(error).__name__
    return WrongQuestionError(f"the kubeconfig can't be used: {first}", place=location)
