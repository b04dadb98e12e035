"""The HTTP seam: door declarations, dispatch, bodies, error envelopes, OpenAPI, and the API Gateway
binding."""
