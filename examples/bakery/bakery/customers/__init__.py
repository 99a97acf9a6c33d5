"""Customers: somebody who buys."""
