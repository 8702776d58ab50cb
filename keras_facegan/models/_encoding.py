"""The base of every model that has an encoder: pictures to codes and back."""

import keras
import numpy as np

from keras_facegan.models._latent import LatentModel
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.pictures import check_pictures

# Held-out pictures that a preview shows.
SHOWN = 8


class EncodingModel(LatentModel):
    """Has an `encoder`, images -> `mean` and `log_variance` of a code, and a `decoder`, latents -> images."""

    inference = ("encoder", "decoder")
    decoder_name = "decoder"
    uses_held_out = True

    def call(self, data, training=False):
        posterior = self.encoder({"image": data["image"]}, training=training)
        return self.decoder({"latents": posterior["mean"]}, training=training)["images"]

    def encode(self, images):
        """Return the codes of pictures: the means of what the encoder gives.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor, of the model's own shape.

        Returns:
            float32 array (n, latent_dim).

        Raises:
            UserError: Pictures of another shape or range.
        """
        return in_chunks(lambda x: self._posterior(x)["mean"], self.checked(images))

    def rebuild(self, images):
        """Return what the decoder draws from the codes of pictures.

        Args:
            images: As for `encode`.

        Returns:
            float32 array (n, H, W, C) in [-1, 1].

        Raises:
            UserError: As `encode`.
        """
        return self.decode(self.encode(images))

    def checked(self, images):
        """Return pictures as a float32 array; raise `UserError` where they are not of the model's shape and range."""
        return check_pictures(images, self.image_shape, exact=True)

    def preview(self, images, columns):
        shown = images[:SHOWN]
        return {"rebuilt": np.stack([shown, self.rebuild(shown)])}

    def export_signatures(self):
        """Return `generate` of every `LatentModel`, and `encode`: image (B, H, W, C) in [-1, 1] -> latents (B, dim)."""
        decoder = self.network("decoder")
        drawing = keras.Model(decoder.input, {"images": decoder.output["images"]})
        # On an input of its own, so that no node is left in the encoder.
        image = keras.Input(self.image_shape, name="image")
        encoding = keras.Model({"image": image}, {"latents": self._posterior(image)["mean"]})
        examples = np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32")
        return {
            "generate": (drawing, self.sample_inputs(5), self.decode),
            "encode": (encoding, {"image": examples}, lambda image: self.encode(image)),
        }

    def _posterior(self, images):
        return self.network("encoder")({"image": images}, training=False)
