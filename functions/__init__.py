"""The operations: what API Gateway, EventBridge and streams invoke. Folders follow the URL."""
