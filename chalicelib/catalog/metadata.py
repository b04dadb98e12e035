"""Metadata: one text of name=value pairs with commas between them."""


def parse_pairs(text: str) -> dict[str, str]:
    """The pairs of a text by their names; each is the whole piece `name=value`, with its spaces, so
    that it is shown as it was sent. Pieces without a name or with several equals signs are
    dropped."""
    pairs: dict[str, str] = {}
    for piece in text.split(","):
        name, equals, value = piece.partition("=")
        if name.strip() and equals and "=" not in value:
            pairs[name.strip()] = piece
    return pairs


def replace_pairs(sent: str | None, stored: str | None) -> str | None:
    """The text to store where sent pairs replace all stored ones; the stored text when none were
    sent."""
    return join_pairs(parse_pairs(sent)) if sent and sent.strip() else stored


def merge_pairs(sent: str | None, stored: str | None) -> str | None:
    """The text to store where sent pairs replace stored ones of the same name and others stay. An
    empty text clears all, None changes nothing."""
    if sent is None:
        return stored
    return join_pairs({**parse_pairs(stored or ""), **parse_pairs(sent)}) if sent.strip() else None


def join_pairs(pairs: dict[str, str]) -> str:
    """The text of pairs, as parse_pairs reads it."""
    return ",".join(pairs.values()).strip()
