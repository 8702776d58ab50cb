"""LSGAN: DCGAN's networks with least-squares losses.

Least Squares Generative Adversarial Networks. Mao et al. 2017, arXiv 1611.04076, equation 2 with a = 0, b = c = 1.
Paper: its 112 px networks for LSUN give way to DCGAN's, so that the loss alone makes the difference.

Reference:
    Mao et al. 2017, arXiv 1611.04076.
"""

from keras_facegan.models.dcgan import DCGAN
from keras_facegan.registry import MODELS

MODELS.register("lsgan", loss="least_squares", name="lsgan")(DCGAN)
