"""What orders promise."""
