"""Orders: one folder for all of an order."""
