"""What needs a cluster: output of exec, and a live explain, through the lab's API server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.programs import OVNTRACE, cached_byte_code, running
from benchmarks.results import NotRun, Ratio, Result
from benchmarks.rounds import interleaved
from tests.lab import example
from tests.lab.api_process import serve_api
from tests.lab.commands import LabError
from tests.lab.kube_cluster import OVNKUBE_NAME, OVNKUBE_NAMESPACE
from tests.lab.lab import Lab
from tests.lab.suites import SuiteUnavailable, kubectl

_LARGE, _SMALL = 45_000_000, 4_500_000  # bytes
_CONTAINER = "nbdb"
_TIMEOUT_S = 60.0


@contextmanager
def cluster() -> Iterator[Path]:
    """A lab that is served as a cluster: its kubeconfig."""
    with TemporaryDirectory(prefix="ovntrace-bench.") as folder:
        lab = Lab(Path(folder) / "lab")
        try:
            lab.up()
            yield serve_api(lab.folder)
        finally:
            lab.down()


def exec_output(rounds: int) -> list[Result]:
    """Our receiver must be linear, and not slower than the kubernetes package's."""
    try:
        with cluster() as kubeconfig:
            timings = interleaved(
                {
                    "large": _ours(kubeconfig, _LARGE),
                    "small": _ours(kubeconfig, _SMALL),
                    "stream": _kubernetes_stream(kubeconfig, _SMALL),
                },
                rounds,
            )
    except LabError as error:
        return [NotRun("exec output", str(error))]
    small = timings["small"]
    return [
        Ratio("exec output, 45 MB", "the same, 4.5 MB", timings["large"], small, 15),
        Ratio("exec output, 4.5 MB", "kubernetes.stream, 4.5 MB", small, timings["stream"], 1),
    ]


def live_explain(rounds: int) -> list[Result]:
    """A whole explain against one exec of a kubectl."""
    try:
        program = str(kubectl("1.32"))
        with cluster() as kubeconfig, cached_byte_code() as env:
            there = ["--kubeconfig", str(kubeconfig)]
            words = ["explain", example.TINYPOD.name, "-n", example.NAMESPACE, *there]
            shown = ["exec", "-n", OVNKUBE_NAMESPACE, OVNKUBE_NAME, "-c", _CONTAINER, "--"]
            timings = interleaved(
                {
                    "kubectl": running([program, *there, *shown, "ovn-nbctl", "show"], env),
                    "explain": running([OVNTRACE, *words], env),
                },
                rounds,
            )
    except (LabError, SuiteUnavailable) as error:
        return [NotRun("explain, live", str(error))]
    peer = "kubectl exec ... ovn-nbctl show"
    return [Ratio("explain, live", peer, timings["explain"], timings["kubectl"], 6)]


def _argv(n_bytes: int) -> list[str]:
    return ["head", "-c", str(n_bytes), "/dev/zero"]


def _ours(kubeconfig: Path, n_bytes: int) -> Callable[[], None]:
    from collectors.deadline import Deadline
    from collectors.kube.execution import Container, Executor, Outcome
    from collectors.kube.kubeconfig import load

    access = load(str(kubeconfig), None).access
    place = Container(OVNKUBE_NAMESPACE, OVNKUBE_NAME, _CONTAINER)

    def receive() -> None:
        executor = Executor(access)
        outcome = executor.run(place, _argv(n_bytes), Deadline.after(_TIMEOUT_S))
        executor.close()
        _expect(n_bytes, len(outcome.stdout) if isinstance(outcome, Outcome) else str(outcome))

    return receive


def _kubernetes_stream(kubeconfig: Path, n_bytes: int) -> Callable[[], None]:
    from kubernetes import client, config
    from kubernetes.stream import stream

    configuration: Any = client.Configuration()
    load: Any = config.load_kube_config  # the package has no types
    load(str(kubeconfig), client_configuration=configuration)
    api: Any = client.CoreV1Api(client.ApiClient(configuration))

    def receive() -> None:
        text = stream(
            api.connect_get_namespaced_pod_exec,
            OVNKUBE_NAME,
            OVNKUBE_NAMESPACE,
            container=_CONTAINER,
            command=_argv(n_bytes),
            stdin=False,
            stdout=True,
            stderr=True,
            tty=False,
        )
        _expect(n_bytes, len(text))

    return receive


def _expect(n_bytes: int, got: int | str) -> None:
    if got != n_bytes:
        raise RuntimeError(f"{n_bytes} bytes were to come, but: {got}")
