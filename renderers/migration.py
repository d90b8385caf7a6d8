"""The live migration of a workload in words: its sides, and the state of their ports."""

from ovntrace.view.types import Migration, MigrationSide, SidePort
from renderers.lines import Line, Piece, flow, indent, plain, prose
from renderers.text import visible

_STYLES = {"running": "warn", "failed": "broken", "completed": "ok"}
_ROLE = 8  # columns of "source", "target" and the blanks after them


def migration_lines(migration: Migration | None, width: int) -> list[Line]:
    """State, which side is active and by what, then each side with its ports."""
    if migration is None:
        return []
    state = (Piece(visible(migration.state), _STYLES.get(migration.state, "unknown")),)
    start: Line = (Piece("migration", "strong"), indent(2), *state, indent(2))
    words = f"{active_in_words(migration)} ({visible(migration.why)})"
    lines = [plain(""), *prose(words, "plain", start=start, hang=2, width=width)]
    for side in migration.sides:
        lines += _side(side, width)
    return lines


def active_in_words(migration: Migration) -> str:
    """Where the guest runs."""
    if migration.active is None:
        return "active side unknown"
    return f"the guest runs in the {visible(migration.active)}"


def side_words(side: MigrationSide) -> list[tuple[str, str]]:
    """Label and value of what is known of a side's place."""
    found = [("node", side.node), ("pod", side.pod), ("", side.phase)]
    return [(label, value) for label, value in found if value is not None]


def port_words(port: SidePort) -> list[str]:
    """The port's state, word by word; what was not read is told as unknown."""
    if port.exists is None:
        return ["not read: unknown"]
    if not port.exists:
        return ["no such port"]
    words = ["disabled" if port.enabled is False else "enabled"]
    words.append(" ".join(port.addresses or ()) or "no addresses")
    words.append({True: "up", False: "down", None: "up unknown"}[port.up])
    words.append(f"chassis {port.chassis}" if port.chassis is not None else "chassis unknown")
    if port.activated is not None:
        words.append("activated" if port.activated else "not activated yet")
    return words


def _side(side: MigrationSide, width: int) -> list[Line]:
    sign = "* " if side.active else "  "
    start: Line = (
        Piece(f"{sign}{visible(side.role)}".ljust(_ROLE + 2), "strong" if side.active else "plain"),
    )
    tokens: list[Line] = [
        (Piece(f"{label} " if label else "", "quiet"), Piece(visible(value)))
        for label, value in side_words(side)
    ]
    if side.active:
        tokens.append(plain("active", "ok"))
    lines = flow(start, tokens, hang=_ROLE + 2, width=width)
    for port in side.ports:
        margin: Line = (indent(_ROLE + 2), Piece(visible(port.network), "strong"))
        words = [plain(visible(word), _style(word)) for word in port_words(port)]
        words.append((Piece("lsp ", "quiet"), Piece(visible(port.lsp))))
        lines += flow(margin, words, hang=_ROLE + 4, width=width)
    return lines


def _style(word: str) -> str:
    return "unknown" if "unknown" in word else "plain"
