"""What a trained model reaches, by name of the metric: numbers that say what they were taken of, and with what."""
