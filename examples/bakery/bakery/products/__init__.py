"""Products: something we sell."""
