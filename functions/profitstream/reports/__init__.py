"""/profitstream/v2/api/reports: charts."""
