"""/profitstream/v2/api: records that are configured, bought, priced and billed."""
