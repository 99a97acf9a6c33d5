"""Recipes: one folder for all of a recipe."""
