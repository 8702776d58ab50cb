"""One file per data set; each registers a builder `(data_dir, split, ...) -> Source` and imports NumPy at most.

A set whose pictures are known declares with `about={"extractor": ...}` the network of the zoo that fits them, which
generated pictures are compared by. A folder of anybody's own pictures declares none: its user names one.
"""
