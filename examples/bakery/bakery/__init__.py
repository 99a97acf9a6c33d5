"""Corner Bakery: online shop of a small bakery; every change is kept as a revision."""
