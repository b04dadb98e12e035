"""Metadata: one text of name=value pairs with commas between them."""


def pairs(text: str) -> dict[str, str]:
    """The pieces that parse, by name and as they were sent. A comma ends a value, which holds no
    equals sign."""
    found = {}
    for piece in text.split(","):
        name, _, value = piece.partition("=")
        if name.strip() and "=" in piece and "=" not in value:
            found[name.strip()] = piece
    return found


def replaced(sent: str | None, stored: str | None) -> str | None:
    """The pairs that were sent; what is stored when nothing was."""
    return joined(pairs(sent)) if sent and sent.strip() else stored


def merged(sent: str | None, stored: str | None) -> str | None:
    """What is stored, with the pairs that were sent in place of those of their names; empty clears
    all."""
    if sent is None:
        return stored
    return joined({**pairs(stored or ""), **pairs(sent)}) if sent.strip() else None


def joined(found: dict[str, str]) -> str:
    """The text of pairs."""
    return ",".join(found.values()).strip()
