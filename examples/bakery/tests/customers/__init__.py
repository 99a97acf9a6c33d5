"""What customers promise."""
