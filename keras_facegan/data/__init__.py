"""Real files in, dicts of tensors out."""
