"""Merged pull requests: who merged how many, how many with a coding tool, and what one cost."""

from collections.abc import Mapping
from typing import Any

from chalicelib.assistants.mapping_records import emails_by_login, read_mappings
from chalicelib.assistants.pull_costs import find_costs
from chalicelib.assistants.pull_periods import period_of
from chalicelib.assistants.pull_records import PullRequest
from chalicelib.assistants.pull_request_schemas import GithubPrsQuery
from chalicelib.assistants.pull_scopes import describe_scope, find_history
from chalicelib.assistants.pull_tallies import Key, Tally, add_up, tally
from chalicelib.assistants.ranges import check_range
from chalicelib.kit.errors import Invalid
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_MOST_DAYS: Mapping[str, int] = {"day": 35, "week": 400, "month": 400, "window": 3_660}
_MOST_REPOSITORIES = 1_000
_FIELDS = ("startDate", "endDate")
Json = dict[str, Any]


def report(world: World, team: Scope, query: GithubPrsQuery) -> Json:
    """The merged pull requests of a window. Raises Invalid."""
    first, last = query.days(world.now())
    check_range(first, last, _MOST_DAYS[query.granularity], fields=_FIELDS)
    by_repository = query.groupBy == "repository"
    if by_repository and query.granularity != "window":
        raise Invalid("granularity: repositories are told of a window", field="granularity")
    begin = find_history(world, team)
    is_known = begin is not None and query.source == "github"

    def key_of(pull: PullRequest) -> tuple[str, str]:
        if by_repository:
            return pull.repository, ""
        return pull.login or "", period_of(pull.merged_at, query.granularity)

    found: Mapping[Key, Tally] = {}
    if is_known and begin is not None and begin <= last:
        found = tally(world, team, (max(first, begin), last), key_of)
    total = add_up(found.values())
    answer: Json = {
        "source": query.source,
        "granularity": query.granularity,
        "totalPrsMerged": total.merged,
        "totalPrsMergedWithCodingTool": total.assisted,
        "totalPrsMergedByVendor": dict(sorted(total.vendors.items())),
        "totalPRs": total.merged,
        "historyStartDate": begin if is_known else None,
        "syncScope": describe_scope(world, team, query.source),
    }
    if by_repository:
        answer |= _list_repositories(found)
    else:
        answer |= _list_logins(world, team, query.granularity, found)
    if query.includeCosts:
        answer["costs"] = find_costs(world, team, (first, last), total)
    return answer


def _list_logins(world: World, team: Scope, granularity: str, found: Mapping[Key, Tally]) -> Json:
    emails = emails_by_login(read_mappings(world, team))
    rows: list[tuple[Key, Json]] = []
    for (login, period), each in found.items():
        row = {
            "platformLogin": each.shown or None,
            "githubLogin": each.shown or None,
            "mappedEmail": emails.get(login),
            **_figures(each),
        }
        rows.append(((period, login), {"date": period, **row} if period else row))
    if granularity == "window":
        rows.sort(key=lambda pair: (-pair[1]["prsMerged"], pair[0]))
        members = [row for _, row in rows]
        return {"members": members, "summaries": members, "dailyRows": []}
    rows.sort(key=lambda pair: (pair[0][0], -pair[1]["prsMerged"], pair[0][1]))
    return {"members": [], "summaries": [], "dailyRows": [row for _, row in rows]}


def _list_repositories(found: Mapping[Key, Tally]) -> Json:
    rows: list[Json] = []
    for (name, _), each in found.items():
        rows.append({"repository": name, "repositoryDisplay": each.shown, **_figures(each)})
    rows.sort(key=lambda row: (-row["prsMerged"], row["repository"]))
    return {
        "groupBy": "repository",
        "members": None,
        "summaries": None,
        "dailyRows": None,
        "repositories": rows[:_MOST_REPOSITORIES],
        "repositoriesTruncated": len(rows) > _MOST_REPOSITORIES,
    }


def _figures(each: Tally) -> Json:
    row: Json = {"prsMerged": each.merged, "prsMergedWithCodingTool": each.assisted}
    if each.vendors:
        row["prsMergedByVendor"] = dict(sorted(each.vendors.items()))
    return row
