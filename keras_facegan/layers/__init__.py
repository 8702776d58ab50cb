"""Layers: one idea per file, each a `keras.layers.Layer` that can be saved and loaded by Keras."""

from keras_facegan.layers.act_norm import ActNorm
from keras_facegan.layers.age_gate import AgeGate
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.binomial_blur import BinomialBlur
from keras_facegan.layers.calibration import Calibration
from keras_facegan.layers.code_gaussian import CodeGaussian
from keras_facegan.layers.constant_attributes import ConstantAttributes
from keras_facegan.layers.convolution import Conv2D, Conv2DTranspose
from keras_facegan.layers.cosine import ClassCosines
from keras_facegan.layers.coupling import Coupling
from keras_facegan.layers.dropout import Dropout
from keras_facegan.layers.edge_convolution import EdgeConv2D
from keras_facegan.layers.expectation import Expectation
from keras_facegan.layers.group_ages import GroupAges
from keras_facegan.layers.instance_norm import InstanceNormalization
from keras_facegan.layers.invertible_convolution import InvertibleConv2D
from keras_facegan.layers.l2_pool import L2Pooling
from keras_facegan.layers.learned_prior import SplitPrior, TopPrior
from keras_facegan.layers.local_response import LocalResponseNormalization
from keras_facegan.layers.masked_convolution import MaskedConv2D
from keras_facegan.layers.maxout import Maxout
from keras_facegan.layers.minibatch_discrimination import MinibatchDiscrimination
from keras_facegan.layers.picture_lstm import DiagonalLSTM, RowLSTM
from keras_facegan.layers.picture_pool import PicturePool
from keras_facegan.layers.real_logit import RealLogit
from keras_facegan.layers.reflection_padding import ReflectionPadding2D
from keras_facegan.layers.resize_to import ResizeTo
from keras_facegan.layers.spectral_norm import SpectralConv2D
from keras_facegan.layers.squeeze import Squeeze
from keras_facegan.layers.weight_norm import WeightNormDense
from keras_facegan.layers.zero_convolution import ZeroConv2D

__all__ = [
    "ActNorm",
    "AgeGate",
    "BatchNormalization",
    "BinomialBlur",
    "Calibration",
    "ClassCosines",
    "CodeGaussian",
    "ConstantAttributes",
    "Conv2D",
    "Conv2DTranspose",
    "Coupling",
    "DiagonalLSTM",
    "Dropout",
    "EdgeConv2D",
    "Expectation",
    "GroupAges",
    "InstanceNormalization",
    "InvertibleConv2D",
    "L2Pooling",
    "LocalResponseNormalization",
    "MaskedConv2D",
    "Maxout",
    "MinibatchDiscrimination",
    "PicturePool",
    "RealLogit",
    "ReflectionPadding2D",
    "ResizeTo",
    "RowLSTM",
    "SpectralConv2D",
    "SplitPrior",
    "Squeeze",
    "TopPrior",
    "WeightNormDense",
    "ZeroConv2D",
]
