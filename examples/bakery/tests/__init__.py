"""What Corner Bakery promises."""
