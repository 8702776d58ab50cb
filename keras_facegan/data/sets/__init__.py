"""One file a data set: each registers a builder that lists files and labels without decoding a picture."""
