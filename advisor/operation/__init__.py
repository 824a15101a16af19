"""Models in operation: roll-out, gateway, feedback, drift, re-training, reviews."""
