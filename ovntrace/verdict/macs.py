"""MACs as text, as numbers, and in the link-local addresses that are made of them."""


def mac_number(word: str) -> int | None:
    """A MAC as a number; None if it is none."""
    parts = word.split(":")
    if len(parts) != 6 or not all(0 < len(part) <= 2 for part in parts):
        return None
    try:
        return int("".join(part.zfill(2) for part in parts), 16)
    except ValueError:
        return None


def mac_text(mac: int) -> str:
    """A MAC as OVN writes it."""
    return ":".join(f"{mac >> shift & 0xFF:02x}" for shift in range(40, -8, -8))


def link_local(mac: int) -> int:
    """The IPv6 link-local address made of a MAC (RFC 4291, appendix A)."""
    head, tail = mac >> 24, mac & 0xFFFFFF
    return 0xFE80 << 112 | (head ^ 0x020000) << 40 | 0xFFFE << 24 | tail
