"""Names that OVN-Kubernetes makes by hashing."""

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3


def hash_for_ovn(text: str) -> str:
    """'a' and the decimal FNV-1a-64 of a text (OVN-Kubernetes' util.HashForOVN)."""
    value = _OFFSET
    for byte in text.encode():
        value = ((value ^ byte) * _PRIME) & 0xFFFF_FFFF_FFFF_FFFF
    return f"a{value}"
