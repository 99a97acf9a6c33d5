"""What recipes promise."""
