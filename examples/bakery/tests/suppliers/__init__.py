"""What suppliers promise."""
