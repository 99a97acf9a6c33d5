"""What products promise."""
