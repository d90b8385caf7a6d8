"""Documents as YAML text."""

from collections.abc import Mapping

# A line is never folded: a match that is broken over lines can't be searched for.
_NO_FOLD = 1 << 30


def dump(document: Mapping[str, object]) -> str:
    """YAML of the same values as the JSON, in the document's order, all ASCII."""
    import yaml

    text: str = yaml.dump(
        document,
        Dumper=_dumper(),
        sort_keys=False,
        allow_unicode=False,
        default_flow_style=False,
        width=_NO_FOLD,
    )
    return text


def _dumper() -> "type":
    """PyYAML's safe dumper without anchors: the same evidence twice is written twice."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

    return Dumper
