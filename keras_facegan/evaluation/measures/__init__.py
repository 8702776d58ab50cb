"""The metrics that a model can be measured by; one file per kind of ability."""
