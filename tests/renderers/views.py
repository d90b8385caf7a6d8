"""Views of any shape, for properties that hold of all."""

from hypothesis import strategies as st

from ovntrace.model.capture import Gap, Reason
from ovntrace.view.types import (
    AclView,
    Attachment,
    Evidence,
    ExplainView,
    Finding,
    Hop,
    ListView,
    Migration,
    MigrationSide,
    PolicyEffect,
    PolicyRef,
    RulePort,
    SidePort,
    Source,
    State,
    Workload,
    WorkloadRow,
)
from renderers.facts import BY_KIND

# Any character, half surrogates too: bytes of a cluster need not be UTF-8.
texts = st.one_of(
    st.text(st.characters(), max_size=12),
    st.sampled_from(["[b]", "`|`", "\x1b[2J", "a b", "", "é", "漢字", "\u202e", "\ud800", "| x |"]),
)
maybe = st.none() | texts
some = st.lists(texts, max_size=3).map(tuple)

facts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=5,
)
fact_names = st.sampled_from(
    sorted({shown.name for listed in BY_KIND.values() for shown in listed})
)
evidence = st.builds(Evidence, texts, texts, texts)
findings = st.builds(
    Finding,
    id=texts,
    severity=st.sampled_from(["error", "warning", "info"]) | texts,
    certainty=st.sampled_from(["proven", "consistent"]) | texts,
    title=texts,
    where=st.dictionaries(texts, texts, max_size=2),
    evidence=st.lists(evidence, min_size=1, max_size=2).map(tuple),
    remedy=some,
)
hops = st.builds(
    Hop,
    kind=st.sampled_from(sorted(BY_KIND)) | texts,
    name=texts,
    node=texts,
    state=st.sampled_from(State),
    facts=st.dictionaries(fact_names | texts, facts, max_size=4),
    evidence=st.lists(evidence, max_size=2).map(tuple),
    findings=st.lists(findings, max_size=2).map(tuple),
    watch=maybe,
)
numbers = st.none() | st.integers()
ports = st.lists(st.builds(RulePort, st.integers(), maybe, maybe), max_size=2).map(tuple)
policies = st.builds(
    PolicyRef,
    texts,
    maybe,
    texts,
    maybe,
    numbers,
    peer=numbers,
    cidr=maybe,
    protocol=maybe,
    ports=st.none() | ports,
)
acls = st.builds(
    AclView,
    uuid=texts,
    name=maybe,
    direction=texts,
    tier=st.integers(0, 3),
    priority=st.integers(0, 32767),
    match=texts,
    action=texts,
    stage=texts,
    policy=st.none() | policies,
    attached_to=texts | texts.map("switch {}".format),
)
effects = st.builds(PolicyEffect, texts, texts, texts, some, texts, texts)
attachments = st.builds(
    Attachment,
    interface=texts,
    nad=texts,
    network=texts,
    topology=texts,
    lsp=maybe,
    node=texts,
    mac=maybe,
    addresses=some,
    hops=st.lists(hops, max_size=3).map(tuple),
    acls=st.lists(acls, max_size=3).map(tuple),
    port_groups=some,
    policies=st.none() | st.lists(effects, max_size=2).map(tuple),
)
flags = st.none() | st.booleans()
side_ports = st.builds(
    SidePort,
    nad=texts,
    network=texts,
    lsp=texts,
    exists=flags,
    enabled=flags,
    addresses=st.none() | some,
    up=flags,
    chassis=maybe,
    activated=flags,
)
sides = st.builds(
    MigrationSide,
    role=st.sampled_from(["source", "target"]) | texts,
    active=st.booleans(),
    pod=maybe,
    node=maybe,
    phase=maybe,
    ports=st.lists(side_ports, max_size=2).map(tuple),
)
migrations = st.builds(
    Migration,
    way=st.sampled_from(["ports", "chassis"]) | texts,
    state=st.sampled_from(["running", "completed", "failed", "unknown"]) | texts,
    active=st.sampled_from(["source", "target", None]) | texts,
    why=texts,
    sides=st.lists(sides, max_size=2).map(tuple),
    evidence=st.lists(evidence, max_size=1).map(tuple),
)
sources = st.builds(
    Source,
    kind=texts,
    place=texts,
    taken_at=maybe,
    age_s=st.none() | st.floats(-1e6, 1e10),
    versions=st.dictionaries(st.sampled_from(["ovn", "ovs"]) | texts, maybe, max_size=3),
    time_note=texts,
)
gaps = st.lists(
    st.builds(Gap, texts, texts, st.sampled_from([str(one) for one in Reason]), texts, texts),
    max_size=2,
).map(tuple)
explain_views = st.builds(
    ExplainView,
    source=sources,
    workload=st.builds(Workload, texts, maybe, texts, maybe, maybe, maybe),
    attachments=st.lists(attachments, max_size=2).map(tuple),
    gaps=gaps,
    findings=st.lists(findings, max_size=2).map(tuple),
    migration=st.none() | migrations,
)
rows = st.builds(
    WorkloadRow, texts, maybe, texts, maybe, maybe, texts, texts, texts, texts, some, maybe, maybe
)
list_views = st.builds(
    ListView,
    source=sources,
    workloads=st.lists(rows, max_size=4).map(tuple),
    gaps=gaps,
    findings=st.lists(findings, max_size=1).map(tuple),
)
