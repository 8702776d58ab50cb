"""`python -m keras_facegan COMMAND ...` is the same as `facegan COMMAND ...`."""

import sys

from keras_facegan.cli import main

if __name__ == "__main__":
    sys.exit(main())
