"""What is said of a name that nothing has."""

from dataclasses import replace

import pytest

from ovntrace.errors import WrongQuestionError
from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.find import find_workload
from ovntrace.view.subject import Query
from tests.captured import snapshot
from tests.tables import database, uid

TWO_NODES = "ovn-kubernetes-2026-08-two-nodes"


def _hint(snap: Snapshot, name: str = "no-such") -> str:
    with pytest.raises(WrongQuestionError) as refused:
        find_workload(snap, Query(name))
    return str(refused.value.hint)


def test_with_the_apis_pods_all_are_known() -> None:
    assert _hint(snapshot(TWO_NODES)) == "`ovntrace ls` lists them"


def test_of_nodes_with_their_own_databases_it_is_said_which_were_asked() -> None:
    """As on a node itself, without the API: a pod of another node is not in there."""
    whole = snapshot(TWO_NODES)
    one = replace(whole, kube=Kube({}), nb={"worker-0": whole.nb["worker-0"]})
    assert find_workload(one, Query("c-0")).node == "worker-0"
    assert _hint(one, "c-1").startswith("only the database of worker-0 could be asked")
    both = replace(whole, kube=Kube({}))
    assert _hint(both).startswith("only the databases of worker-0, worker-1 could be asked")


def test_a_database_for_all_nodes_has_all() -> None:
    nb = Northbound(database(Logical_Switch_Port=[{"_uuid": uid("p"), "name": "p"}]))
    snap = replace(snapshot(TWO_NODES), kube=Kube({}), nb={"worker-0": nb})
    assert _hint(snap) == "`ovntrace ls` lists them"
