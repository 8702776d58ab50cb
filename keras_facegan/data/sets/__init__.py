"""One file a data set; each registers a builder `(data_dir, split, ...) -> Source` and imports NumPy at most."""
