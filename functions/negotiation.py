"""Negotiation: whether a caller likes an answer as CSV better than as JSON."""

CSV = "text/csv"


def likes_csv(accept: str) -> bool:
    """Whether CSV is named with a higher quality than JSON, or with the same and before it (RFC
    9110, 12.5.1)."""
    best = {CSV: 0.0, "application/json": 0.0}
    order = []
    for part in accept.lower().split(","):
        kind, _, parameters = part.partition(";")
        if kind.strip() in best:
            order.append(kind.strip())
            best[order[-1]] = _quality(parameters)
    csv, json = best.values()
    return csv > json or (csv == json > 0 and order[0] == CSV)


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
