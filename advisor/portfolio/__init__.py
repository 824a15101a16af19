"""Many cases under one budget: what each is worth, and which to begin with."""
