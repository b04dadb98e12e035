"""Reports by the last part of their path."""

from chalicelib.reports.catalogue import REPORTS

BY_SLUG = {report.slug: report for report in REPORTS}
