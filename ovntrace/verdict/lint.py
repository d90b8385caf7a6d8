"""ACLs that OVN has taken and that are not in force: their match does not compile.

Nobody refuses such an ACL: ovn-nbctl and ovn-northd copy its text, and each ovn-controller leaves
it out with a line in its log, which is rate-limited (controller/lflow.c, convert_match_to_expr). It
is judged for each switch that it is on, since `@group` has only the ports of that switch.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ovntrace.errors import ExitCode, NoAnswerError
from ovntrace.match import MatchError, as_installed, parse, unknown_names
from ovntrace.model.capture import Gap, unique_gaps
from ovntrace.model.kube import Kube
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.stand_ins import has_stand_in
from ovntrace.policy.owner import AclOwner, owner_of_acl
from ovntrace.policy.part import rule_part
from ovntrace.verdict.lintrows import blamed_names, rows_of
from ovntrace.verdict.names import SwitchNames
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.zones import is_primary, network_of, switches_of, version_of_zone
from ovntrace.view.acls import acl_view, policy_ref
from ovntrace.view.context import Context
from ovntrace.view.source import source_of
from ovntrace.view.types import AclView, Finding, Source

# What a match can depend on. Load balancers decide only what northd writes around it.
_TABLES = ("Logical_Switch", "Logical_Switch_Port", "Port_Group", "ACL", "Address_Set")


@dataclass(frozen=True, slots=True)
class DeadAcl:
    """An ACL that is not in force on a switch.

    `message` is OVN's; `text[start:end]` is what it is about (empty at the text's end). `text` is
    the match, or all of `installed`, which is what northd writes and ovn-controller compiles, where
    the match alone would compile. `why` says what there is to say of the sets and groups in that
    part. `effect` is open (it would deny), closed (it would allow) or other; `follows` says it in
    words.
    """

    node: str
    switch: str
    network: str
    acl: AclView
    installed: str
    message: str
    text: str
    start: int
    end: int
    why: tuple[str, ...]
    effect: str
    follows: str


@dataclass(frozen=True, slots=True)
class LintView:
    """The answer of `ovntrace lint`. An ACL of two switches counts twice in `n_acls`: it is
    compiled on each."""

    source: Source
    n_switches: int
    n_acls: int
    dead: tuple[DeadAcl, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]


def lint(
    snapshot: Snapshot, *, switch: str | None = None, network: str | None = None, now: float
) -> LintView:
    """Every ACL whose match does not compile, by node, switch and order of evaluation.

    `switch` and `network` narrow it; WrongQuestionError if no switch is of that name or network.
    NoAnswerError if no northbound database was read. `now` is seconds since the epoch.
    """
    _require_databases(snapshot)
    dead: list[DeadAcl] = []
    findings: list[Finding] = []
    unjudged: dict[str, int] = {}
    n_switches = n_acls = 0
    for node, nb, one in switches_of(snapshot, switch, network):
        model = SwitchModel(nb, one, version_of_zone(nb))
        found, n_unknown = _of_switch(model, node, snapshot.kube)
        ctx = Context(snapshot, node, None)
        dead += [acl for _, acl in found]
        findings += [_finding(ctx, model, on_switch, acl) for on_switch, acl in found]
        unjudged[node] = unjudged.get(node, 0) + n_unknown
        n_switches += 1
        n_acls += len(model.acls)
    missing = [Gap.of(one) for one in snapshot.missing if one.artefact == "nb"]
    source = source_of(snapshot, None, now)
    return LintView(
        # Nothing was read that would tell the other versions.
        source=replace(source, versions={"ovn": source.versions["ovn"]}),
        n_switches=n_switches,
        n_acls=n_acls,
        dead=tuple(dead),
        gaps=unique_gaps([*missing, *_unread(snapshot, unjudged)]),
        findings=tuple(findings),
    )


def lint_exit_code(view: LintView) -> ExitCode:
    """BROKEN if an ACL is not in force; else NO_ANSWER if something was not seen, in which another
    may be. Else OK."""
    if view.dead:
        return ExitCode.BROKEN
    return ExitCode.NO_ANSWER if view.gaps else ExitCode.OK


def _require_databases(snapshot: Snapshot) -> None:
    if snapshot.nb:
        return
    first = next((missing for missing in snapshot.missing if missing.artefact == "nb"), None)
    if first is None:
        raise NoAnswerError("no node has a northbound database here", place=snapshot.place)
    raise NoAnswerError(f"nb: {first.detail}", place=str(first.target), hint=first.hint)


# --- a switch -------------------------------------------------------------------------------------


def _of_switch(
    model: SwitchModel, node: str, kube: Kube
) -> tuple[list[tuple[SwitchAcl, DeadAcl]], int]:
    """What does not compile, and how many can't be judged: they name what was not read, or an
    address that was taken out."""
    dead: list[tuple[SwitchAcl, DeadAcl]] = []
    names = SwitchNames(model.nb, model.switch)
    n_unknown = 0
    for one in sorted(model.acls, key=_order):
        compiled = model.compiled(one.acl)
        if isinstance(compiled, MatchError) and has_stand_in(one.acl.match):
            n_unknown += 1
        elif isinstance(compiled, MatchError):
            dead.append((one, _dead(model, names, node, one, compiled, kube)))
        elif next(unknown_names(compiled), None) is not None:
            n_unknown += 1
    return dead, n_unknown


def _order(one: SwitchAcl) -> tuple[str, int, int, str]:
    """As OVN evaluates them: the names of the stages sort as the stages do."""
    return one.stage, one.acl.tier, -one.acl.priority, one.acl.uuid


def _dead(
    model: SwitchModel,
    names: SwitchNames,
    node: str,
    one: SwitchAcl,
    error: MatchError,
    kube: Kube,
) -> DeadAcl:
    acl, switch = one.acl, model.switch
    owner = owner_of_acl(acl, one.group, primary_network=is_primary(switch))
    ref = policy_ref(owner, one.group, _name, rule_part(acl, owner, kube))
    shown = _shown(model, names, acl.match, error)
    effect, follows = _follows(acl.action)
    return DeadAcl(
        node=node,
        switch=switch.name,
        network=network_of(switch),
        acl=acl_view(model.nb, acl, one.group, switch, ref),
        installed=as_installed(acl.match, acl.action, model.version, stateful=model.is_stateful),
        message=error.message,
        text=shown.text,
        start=shown.start,
        end=shown.end,
        why=tuple(map(str, blamed_names(model.nb, switch, shown.text[shown.start : shown.end]))),
        effect=effect,
        follows=follows,
    )


def _name(owner: AclOwner, _group: object) -> str:
    """Which policies a default deny is for only the Kubernetes API knows, which is not asked."""
    return owner.name


def _shown(model: SwitchModel, names: SwitchNames, match: str, error: MatchError) -> MatchError:
    """The same error in the match alone, if it is one there; else the one in the whole."""
    try:
        parse(match, model.table, names)
    except MatchError as own:
        return own if own.message == error.message else error
    return error


def _follows(action: str) -> tuple[str, str]:
    if action in ("drop", "reject"):
        return "open", f"what it is to {action} passes, unless another ACL denies it"
    if action.startswith("allow"):
        return "closed", "what it is to allow does not pass where another ACL denies it"
    return "other", f"its {action} does not happen: the ACLs after it decide"


# --- findings and gaps ----------------------------------------------------------------------------


def _finding(ctx: Context, model: SwitchModel, found: SwitchAcl, one: DeadAcl) -> Finding:
    acl = one.acl
    blamed = blamed_names(model.nb, model.switch, one.text[one.start : one.end])
    return Finding(
        "OVT901",
        "error",
        "proven",
        f"ACL {acl.name or acl.uuid} ({acl.action}) is not in force on switch {one.switch} of "
        f"{one.node}, its match does not compile: {one.message}",
        {"object": f"ACL {acl.uuid}", "node": one.node, "switch": one.switch},
        rows_of(ctx, model.switch, found.group, acl, blamed),
        (f"look for `error parsing match` in ovn-controller's log on {one.node}",),
    )


def _unread(snapshot: Snapshot, unjudged: dict[str, int]) -> Iterator[Gap]:
    """What nobody complained of and what is not there, or leaves something open."""
    for node, nb in sorted(snapshot.nb.items()):
        told = [one.detail for one in snapshot.missing if one.target.node == node]
        for table in _TABLES:
            if not nb.db.has(table) and not any(one.startswith(f"table {table}:") for one in told):
                yield Gap(node, "nb", "absent", f"table {table} was not read")
        if unjudged.get(node):
            what = f"{unjudged[node]} matches name address sets or groups that were not read"
            what += ", or addresses that were taken out"
            yield Gap(node, "nb", "absent", what)
        if nb.northd_version is None:
            what = "NB_Global does not say which OVN it is: matches were compiled as by "
            yield Gap(node, "nb", "absent", f"{what}{version_of_zone(nb)}")
