"""The decision engine: pure, values in and values out."""
