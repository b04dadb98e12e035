"""Routes: from the names on the wire, of a provider and a model, to those under which a list is
asked. A price belongs to the pair of the host that charges and the model.

A label that means a provider is the host; a model may repeat its name (`bedrock/…`). A label that
names no host (labels.NO_HOST) leaves it to a name before a slash in the model. Some ids say
themselves where a call went, whatever client sent it: `us.anthropic.claude-…` stands in Bedrock's
list alone, `claude-…@20250929` in Vertex AI's.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from chalicelib.pricing.labels import is_cloud, is_gemini, is_vertex, names_no_host

_BEDROCK_ID = re.compile(
    r"^(?:arn:aws[a-z-]*:bedrock:.*/)?"
    r"(?:(?:global|us|us-gov|eu|apac|ap|jp|au|ca|me|sa|af)\.)?"
    r"(?:anthropic|amazon)\.[a-z]"
)
_VERTEX_ID = re.compile(r"^claude[a-z0-9.-]*@(?:\d{8}|default|latest)$")
_HOSTS_OF_CLAUDE = frozenset({"aws", "google"})
_PATH = {
    "aws": re.compile(r"^.*/"),
    "azure": re.compile(r"^(?:global|global-standard)/"),
    "google": re.compile(r"^(?:.*/)?models/"),
}
"""What may stand before a model's name at a host, as its API writes it."""


class Route(NamedTuple):
    """Whose list is asked for which names."""

    host: str
    """Id of the provider; empty where only the model's maker can be meant."""
    models: tuple[str, ...]
    """What to look for in its list, in this order, lower case: as it was written, then without the
    host's name before it."""
    is_vertex: bool = False
    """Whether the host is Vertex AI, which shares Google's list."""
    region: str = ""
    """Where Bedrock or Azure serves it, as the model's name says: `eu`, `us-gov-west-1`, …; empty
    when it does not say."""

    @property
    def serves_claude_by_its_name(self) -> bool:
        """Whether Claude is called at Bedrock or Vertex AI by the name that its maker gives it, as
        Claude Code tells it: without a region that is the maker's price, which both charge for
        global endpoints."""
        name = self.models[0]
        is_bare = name.startswith("claude-") and "@" not in name and ":" not in name
        return self.host in _HOSTS_OF_CLAUDE and is_bare and not self.region

    def charges_list_price(self, vendor_model: str) -> bool:
        """Whether the list price of a model, by its id in the list, holds in the region. Bedrock
        lists the price in the USA, and Claude's and a few others' for regional endpoints, which is
        the same in all regions but those of the government (Nova's is not); Azure lists that of
        global deployments, not of data zones."""
        if not self.region:
            return True
        if self.host == "azure":
            return self.region in _GLOBAL
        if self.region in _USA:
            return True
        is_regional = vendor_model.startswith("regional.") and "amazon." not in vendor_model
        is_everywhere = is_regional or "anthropic." in vendor_model
        return is_everywhere and not self.region.startswith("us-gov")


NOWHERE = Route("", ())
_GLOBAL = frozenset({"global", "global-standard"})
_USA = frozenset({"global", "us", "us-east-1", "us-east-2", "us-west-2"})
_REGION_OF = re.compile(r"(?:^|[/:])(?P<region>[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d)[/:]")
_AREA_OF = re.compile(r"(?:^|/)(?P<area>global|us|us-gov|eu|apac|ap|jp|au|ca|me|sa|af|in)\.")


def find_route(label: str, model: str, host_of: Callable[[str], str]) -> Route:
    """The route of a call; NOWHERE when the names do not tell the host. `host_of` gives the id of
    the provider that a label means, empty for none; `model` is in lower case."""
    host = host_of(label)
    if host:
        return _known_route(host, label, model, host_of)
    if not names_no_host(label):
        return NOWHERE
    by_id = _host_by_id(model)
    if by_id:
        return _at_host(by_id, (model,))
    head, slash, tail = model.partition("/")
    if not slash:
        return Route("", (model,))
    named = host_of(head)
    return _at_host(named, (tail,), is_vertex(head)) if named else NOWHERE


def _known_route(host: str, label: str, model: str, host_of: Callable[[str], str]) -> Route:
    """The route of a label that means a provider."""
    head, slash, tail = model.partition("/")
    named = host_of(head) if slash else ""
    if "claude" in model and is_gemini(label) and not is_cloud(head):
        return NOWHERE
    if host == "anthropic":
        # Claude's own clients keep their label when they call another host.
        by_id = _host_by_id(model) or (named if named in _HOSTS_OF_CLAUDE else "")
        if by_id:
            return _at_host(by_id, (tail if named == by_id else model,), by_id == "google")
    if named == host:
        return _at_host(host, (model, tail), is_vertex(label) or is_vertex(head))
    return _at_host(host, (model,), is_vertex(label))


def _at_host(host: str, models: Iterable[str], vertex: bool = False) -> Route:
    path = _PATH.get(host)
    names = list(models)
    region = _find_region(host, names[-1])
    if path:
        names += [path.sub("", name) for name in names]
    return Route(host, tuple(dict.fromkeys(names)), vertex, region)


def _find_region(host: str, model: str) -> str:
    """What a name of a model says of the place where it is served; of an area (`us-gov.`) and a
    region (`us-gov-west-1`) the region goes first, unless only the area is special."""
    if host == "azure":
        zone, slash, _ = model.partition("/")
        return zone if slash else ""
    if host != "aws":
        return ""
    area, region = _AREA_OF.search(model), _REGION_OF.search(model)
    if area and area["area"] not in _USA:
        return area["area"]
    return region["region"] if region else ""


def names_cloud(model: str) -> bool:
    """Whether a model's name says that a cloud serves it: an id of Bedrock's or Vertex AI's, one of
    its profiles, or a cloud's name before a slash."""
    text = model.strip().lower()
    head, slash, _ = text.partition("/")
    is_profile = text.startswith(("arn:aws", "projects/"))
    return is_profile or bool(_host_by_id(text)) or (bool(slash) and is_cloud(head))


def _host_by_id(model: str) -> str:
    """The host in whose list alone such an id stands; empty when several may have it."""
    if _BEDROCK_ID.match(model):
        return "aws"
    return "google" if _VERTEX_ID.match(model) else ""
