"""Fine-tuning: plans, trainers, durable jobs, the registry of models."""
