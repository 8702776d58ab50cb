"""The claims of the source documents, run again: `python -m experiments.NAME --data_dir DIR`."""
