"""Suppliers: one folder for all of a supplier."""
