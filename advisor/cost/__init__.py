"""The cost engine: pure, values in and values out. So far it knows when models and services end."""
