"""What EventBridge invokes."""
