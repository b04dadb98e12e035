"""Metadata: one text of name=value pairs with commas between them."""


def parse_pairs(text: str) -> dict[str, str]:
    """The pieces that parse, by name and as they were sent. A comma ends a value, which holds no
    equals sign."""
    found = {}
    for piece in text.split(","):
        name, _, value = piece.partition("=")
        if name.strip() and "=" in piece and "=" not in value:
            found[name.strip()] = piece
    return found


def replace_pairs(sent: str | None, stored: str | None) -> str | None:
    """The pairs that were sent; what is stored when nothing was."""
    return join_pairs(parse_pairs(sent)) if sent and sent.strip() else stored


def merge_pairs(sent: str | None, stored: str | None) -> str | None:
    """What is stored, with the pairs that were sent in place of those of their names; empty clears
    all."""
    if sent is None:
        return stored
    return join_pairs({**parse_pairs(stored or ""), **parse_pairs(sent)}) if sent.strip() else None


def join_pairs(found: dict[str, str]) -> str:
    """The text of pairs."""
    return ",".join(found.values()).strip()
