"""The investigators that this deployment runs, in the order in which equal findings are ranked."""

from chalicelib.recommendations.investigators import (
    agent_loop,
    batchable,
    concentration,
    dearer_model,
    error_concentration,
    long_context,
    negative_margin,
    outdated_model,
    retry_waste,
    service_tier,
    tool_cost,
    uncached_prompts,
    unmetered_bill,
    unpriced_spend,
    unread_cache,
    untagged_spend,
    unused_output,
    unused_seats,
)

INVESTIGATORS = tuple(
    module.INVESTIGATOR
    for module in (
        retry_waste,
        agent_loop,
        outdated_model,
        dearer_model,
        uncached_prompts,
        unread_cache,
        batchable,
        long_context,
        service_tier,
        unused_output,
        negative_margin,
        tool_cost,
        unused_seats,
        error_concentration,
        concentration,
        unpriced_spend,
        untagged_spend,
        unmetered_bill,
    )
)
BY_ID = {each.id: each for each in INVESTIGATORS}
