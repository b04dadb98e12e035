"""The HTTP seam: operation declarations, dispatch, bodies, error envelopes, OpenAPI, and the API
Gateway binding."""
