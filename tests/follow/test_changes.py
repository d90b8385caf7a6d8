"""What is told of a workload whose view is made anew: every kind of change, and no noise."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ovntrace.follow.changes import explain_changes
from ovntrace.follow.types import ViewChange
from ovntrace.model.capture import Gap
from ovntrace.view.outcome import overall
from ovntrace.view.types import Evidence, ExplainView, Finding, Hop, State
from tests.diff import changes
from tests.diff.cluster import HERE, LOCALNET_PORT, Cluster
from tests.follow.asked import Change, changed, view_of
from tests.renderers import sample

LSP = f"{LOCALNET_PORT}tinypod"


def told(change: Change) -> list[tuple[str, str, str, object, object]]:
    """Kind, change, name, old and new."""
    found = explain_changes(view_of(Cluster()), view_of(changed(change)))
    return [(one.what, one.change, one.name, one.old, one.new) for one in found]


def test_a_port_that_is_disabled_turns_its_hop_and_the_whole() -> None:
    found = told(lambda cluster: changes.port_is_disabled(cluster, "tinypod"))
    assert found == [
        ("state", "changed", "state", "warn", "broken"),
        ("hop", "changed", LSP, "ok", "broken"),
        ("fact", "changed", "enabled", None, False),
    ]


def test_the_hop_says_why() -> None:
    was, now = (
        view_of(Cluster()),
        view_of(changed(lambda c: changes.port_is_disabled(c, "tinypod"))),
    )
    [hop] = [one for one in explain_changes(was, now) if one.what == "hop"]
    assert hop.detail.startswith("the port is disabled")
    assert (hop.interface, hop.hop) == ("net1", "logical-switch-port")
    # Back again nothing is wrong with it.
    [hop] = [one for one in explain_changes(now, was) if one.what == "hop"]
    assert (hop.old, hop.new, hop.detail) == ("broken", "ok", "")


def test_a_group_that_is_left_takes_its_acls_along() -> None:
    found = told(changes.port_leaves_group)
    assert [(what, change) for what, change, *_ in found] == [
        ("port-group", "went"),
        ("acl", "went"),
        ("policy", "changed"),
        ("finding", "came"),
    ]
    assert found[2][2:] == ("MultiNetworkPolicy llm-demo/allow-ipblock", "applied", "partial")


def test_whose_the_group_is_stands_beside_it() -> None:
    after = view_of(changed(changes.port_leaves_group))
    [group] = [
        one for one in explain_changes(view_of(Cluster()), after) if one.what == "port-group"
    ]
    assert group.acl is not None
    assert group.acl.policy is not None
    assert group.acl.policy.name == "allow-ipblock"


@pytest.mark.parametrize(
    ("change", "field"),
    [(changes.acl_acts_otherwise, "action"), (changes.acl_matches_otherwise, "match")],
)
def test_an_acl_that_changes_in_place_is_told_by_its_field(change: Change, field: str) -> None:
    found = explain_changes(view_of(Cluster()), view_of(changed(change)))
    [acl] = [one for one in found if one.what == "acl"]
    assert (acl.change, acl.detail, acl.old != acl.new) == ("changed", field, True)
    assert acl.acl is not None
    assert getattr(acl.acl, field) == acl.new


def test_a_policy_that_goes_and_comes() -> None:
    was, now = view_of(Cluster()), view_of(changed(changes.policy_is_deleted))
    for old, new, word in ((was, now, "went"), (now, was, "came")):
        found = {one.what: one.change for one in explain_changes(old, new)}
        assert found == {"port-group": word, "acl": word, "policy": word}


@pytest.mark.parametrize("change", [changes.numbers_grow, lambda _: None])
def test_noise_gives_nothing(change: Change) -> None:
    assert told(change) == []


# --- what is no row -------------------------------------------------------------------------------


def only(old: ExplainView, new: ExplainView) -> ViewChange:
    [one] = explain_changes(old, new)
    return one


def test_a_hop_that_comes_and_goes() -> None:
    whole = sample.sound_vm()
    [attachment] = whole.attachments[-1:]
    kept = tuple(hop for hop in attachment.hops if hop.kind != "uplink")
    assert len(kept) == len(attachment.hops) - 1
    less = replace(whole, attachments=(*whole.attachments[:-1], replace(attachment, hops=kept)))
    went, came = only(whole, less), only(less, whole)
    assert (went.what, went.change, went.hop, went.new) == ("hop", "went", "uplink", "ok")
    assert (came.what, came.change, came.name) == ("hop", "came", "bond0")


def test_an_interface_that_comes_and_goes() -> None:
    whole = sample.sound_vm()
    less = replace(whole, attachments=whole.attachments[:-1])
    assert only(whole, less).change == "went"
    came = only(less, whole)
    assert (came.what, came.change, came.name) == ("attachment", "came", sample.NAD)


def test_an_address_and_the_place() -> None:
    whole = sample.sound_vm()
    first, *rest = whole.attachments
    moved = replace(whole, attachments=(replace(first, mac="0a:00:00:00:00:01"), *rest))
    one = only(whole, moved)
    assert (one.what, one.name, one.new) == ("attachment", "mac", "0a:00:00:00:00:01")
    elsewhere = replace(whole, workload=replace(whole.workload, node="worker-9"))
    one = only(whole, elsewhere)
    assert (one.what, one.name, one.old, one.new) == ("place", "node", sample.NODE, "worker-9")


def test_a_migration_begins_turns_and_ends() -> None:
    migrating = sample.migrating()
    assert migrating.migration is not None
    still = replace(migrating, migration=None)
    assert (only(still, migrating).what, only(still, migrating).change) == ("migration", "came")
    assert only(migrating, still).change == "went"
    done = replace(migrating, migration=replace(migrating.migration, state="completed"))
    one = only(migrating, done)
    assert (one.name, one.new) == ("state", "completed")


FINDING = Finding(
    "OVT801", "warning", "proven", "a title", {"object": "x"}, (Evidence("nb", "row", "show"),)
)


def test_a_finding_comes_and_goes() -> None:
    sound = sample.sound_vm()
    found = replace(sound, findings=(*sound.findings, FINDING))
    came, went = explain_changes(sound, found), explain_changes(found, sound)
    assert [(one.what, one.name, one.detail) for one in came if one.change == "came"] == [
        ("finding", "OVT801", "a title")
    ]
    assert [one.what for one in went if one.change == "went"] == ["finding"]


def test_a_gap_comes_and_goes() -> None:
    sound = replace(sample.sound_vm(), gaps=())
    gap = Gap(HERE, "node-links", "timeout", "no answer")
    blind = replace(sound, gaps=(gap,))
    one = only(sound, blind)
    assert (one.what, one.change, one.name) == ("gap", "came", f"node-links of {HERE}")
    assert only(blind, sound).change == "went"


def test_of_several_with_one_name_those_that_stay_are_no_change() -> None:
    """Two pods' links of one node, two findings of one object, two interfaces without a name."""
    gaps = tuple(Gap(HERE, "pod-links", "denied", words) for words in ("one", "two"))
    view = sample.sound_vm()
    same = [replace(one, interface="?", nad="default") for one in view.attachments]
    view = replace(view, gaps=gaps, findings=(FINDING, FINDING), attachments=tuple(same))
    assert explain_changes(view, replace(view)) == ()
    one = only(view, replace(view, gaps=gaps[:1]))
    assert (one.change, one.detail) == ("went", "two")


def with_hops(view: ExplainView, change: Callable[[Hop], Hop]) -> ExplainView:
    attachments = (replace(one, hops=tuple(map(change, one.hops))) for one in view.attachments)
    return replace(view, attachments=tuple(attachments))


def _sound(hop: Hop) -> Hop:
    return replace(hop, state=State.OK, findings=())


def _behind(hop: Hop) -> Hop:
    if hop.kind != "port-binding":
        return hop
    return replace(hop, state=State.WARN, findings=(replace(FINDING, id="OVT306"),))


def test_a_controller_that_is_behind_for_a_moment_is_not_told() -> None:
    sound = with_hops(replace(sample.sound_vm(), findings=(), gaps=()), _sound)
    behind = with_hops(sound, _behind)
    assert (overall(sound), overall(behind)) == (State.OK, State.WARN)
    assert explain_changes(sound, behind) == explain_changes(behind, sound) == ()
    # Beside anything else it is.
    worse = replace(behind, findings=(*behind.findings, FINDING))
    assert [one.what for one in explain_changes(sound, worse)] == ["state", "finding"]


def test_a_hop_that_is_known_no_more_turns_the_whole() -> None:
    sound = with_hops(replace(sample.sound_vm(), findings=(), gaps=()), _sound)
    blind = with_hops(sound, lambda hop: replace(hop, state=State.UNKNOWN))
    [one] = explain_changes(sound, blind)
    assert (one.what, one.old, one.new) == ("state", "ok", "unknown")
