"""Fine-tuning data: what is in it, what is wrong with it, and what it is worth."""
