"""What models share that tell the attributes of faces."""

import sys

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.metrics.attributes import hamming_loss, macro_f1
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.conditions import Attributes


class Recognising:
    """Beside `ZooModel`: labels, checks, validation and `recognise`.

    A subclass calls `tell` once its networks exist, and defines `checked` and `probabilities`.

    Attributes:
        labels: `Attributes`, the condition that stands for the labels of pictures.
        attributes: Names in the order of the labels.
    """

    uses_held_out = True

    def tell(self, labels: Attributes, network: str):
        """Set what is told, and which network ends in `ConstantAttributes`."""
        self.labels, self.attributes, self.told_by = labels, labels.names, network

    def check_examples(self, examples):
        """Name attributes that have one value in all pictures: they get no weight, and are always told as that."""
        values = np.asarray(self.labels.of(examples.columns["attributes"]))
        constant = values.min(axis=0) == values.max(axis=0)
        names = ", ".join(name for name, each in zip(self.attributes, constant, strict=True) if each)
        if constant.all():
            raise UserError(f"All pictures of `{examples.name}` have the same {names}: there is nothing to learn.")
        if names:
            print(f"All pictures of `{examples.name}` have the same {names}: weight 0 in the loss.", file=sys.stderr)

    def adapt(self, examples):
        super().adapt(examples)
        values = np.asarray(self.labels.of(examples.columns["attributes"]))
        for network in (getattr(self, self.told_by), self.network(self.told_by)):
            network.get_layer("constant_attributes").learn(values)

    def is_constant(self) -> np.ndarray:
        """Return of every attribute whether all training pictures had the same, bool (attributes,)."""
        return np.asarray(self.network(self.told_by).get_layer("constant_attributes").answers) != 0

    def validate(self, images, columns):
        """Return Hamming loss and macro F1 on pictures that are not trained on."""
        probabilities, truth = self.recognise(images), np.asarray(self.labels.of(columns["attributes"]))
        return {"hamming_loss": hamming_loss(probabilities, truth), "macro_f1": macro_f1(probabilities, truth)}

    def recognise(self, images):
        """Return how probable every attribute of every face is.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor.

        Returns:
            float32 array (n, attributes) in [0, 1], in the order of `attributes`.

        Raises:
            UserError: Pictures of another shape or range.
        """
        return in_chunks(self.probabilities, self.checked(images))
