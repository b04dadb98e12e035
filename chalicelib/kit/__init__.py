"""Tools without domain knowledge: ids, money, time windows, pages, errors, settings, and the HTTP
seam in kit/http."""
