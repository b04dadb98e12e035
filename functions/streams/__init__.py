"""What streams invoke."""
