"""The metrics that a model can be measured by; one file a kind of ability."""
