"""An entry of the `ports` of a policy's rule."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RulePort:
    """An entry of a rule's `ports`. `port` is as the object has it: a number, `FIRST-LAST` or a
    name; None for a whole protocol. `protocol` is None where a name alone stands for it."""

    index: int
    protocol: str | None
    port: str | None
