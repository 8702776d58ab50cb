"""GLO: a generator without a discriminator, trained together with one latent code per picture.

Optimizing the Latent Space of Generative Networks. Bojanowski, Joulin, Lopez-Paz, Szlam 2017, arXiv 1707.05776. The
generator is DCGAN's; the form of the loss and the rate of the codes are those of the public re-implementation, whose
generator learns by gradient descent where this one learns by Adam.
"""

from typing import Literal

import keras
import numpy as np
from keras import layers, ops
from sklearn.decomposition import PCA

from keras_facegan.arguments import ExampleCount, Filters, ImageShape, OpenFraction, Width
from keras_facegan.errors import UserError
from keras_facegan.layers.code_gaussian import CodeGaussian, to_ball
from keras_facegan.losses.laplacian_pyramid import laplacian_distance
from keras_facegan.models._latent import LatentModel
from keras_facegan.models.dcgan import dcgan_generator
from keras_facegan.registry import MODELS
from keras_facegan.seam import replicas

RATES = {"name": "adam", "learning_rate": 1e-3, "codes": {"name": "sgd", "learning_rate": 10.0}}
# Pictures that the principal components are found on, and the side that these are shrunk to.
PCA_PICTURES, PCA_SIDE = 24_576, 32


def code_table(num_codes, latent_dim):
    """Numbers of pictures (B,) -> their codes (B, latent_dim)."""
    index = keras.Input((), dtype="int64", name="index")
    table = layers.Embedding(num_codes, latent_dim, embeddings_initializer="normal", dtype="float32", name="table")
    return keras.Model({"index": index}, {"latents": table(index)}, name="codes")


@MODELS.register("glo")
@keras.saving.register_keras_serializable(package="keras_facegan")
class GLO(LatentModel):
    """DCGAN's generator and a table with one code in the unit ball per training picture, trained to draw these.

    New pictures are drawn from a normal distribution fitted to the codes; their density is not known. The codes of
    other pictures are looked for with `keras_facegan.latent.invert`. The table is part of checkpoints and not of the
    weights.

    Args:
        image_shape: (side, side, channels), side 28, 32, 64, 128 or 256.
        filters: Channels at half the image side, doubled at each halving up to eightfold; or the list of channels
            at every scale, from the image side inwards.
        latent_dim: Length of a code.
        num_codes: Number of training pictures.
        loss: "laplacian" for the distance of Laplacian pyramids, "mse" for the mean squared error.
        start: Codes to begin with: "pca" for the principal components of the pictures, "normal" for random ones.
        ema_decay: Decay per step of the generator's moving average in [0, 1); 0 keeps none.

    Reference:
        Bojanowski et al. 2017, arXiv 1707.05776.
    """

    networks = ("generator", "codes")
    inference = ("generator", "prior")
    terms = ("loss",)

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        filters: Filters = 64,
        latent_dim: Width = 100,
        num_codes: ExampleCount = 1000,
        loss: Literal["laplacian", "mse"] = "laplacian",
        start: Literal["pca", "normal"] = "pca",
        ema_decay: OpenFraction = 0.0,
        name: str = "glo",
    ):
        super().__init__(locals())
        if start == "pca" and num_codes < latent_dim:
            raise UserError(
                f"model.num_codes ({num_codes}) must be at least model.latent_dim ({latent_dim}): so many principal "
                'components need as many pictures. Lower model.latent_dim, or set model.start to "normal".'
            )
        self.num_codes, self.loss_name, self.codes_start = num_codes, loss, start
        self.generator = dcgan_generator(image_shape, filters, latent_dim)
        self.codes = code_table(num_codes, latent_dim)
        prior = CodeGaussian(latent_dim, name="code_gaussian")
        prior.build()
        self.draw_from(prior)
        self.reads, self.call_reads = ("image", "index"), ("index",)
        self.table = self.codes.get_layer("table").embeddings
        self.table.assign(to_ball(self.table))
        self.average("generator", ema_decay)

    def compile(self, optimizer=None, learning_rate_scale=1.0, **kwargs):
        """Build both optimizers; that of the codes moves only those of the batch, so that it is SGD without memory.

        Args:
            optimizer: As for `ZooModel.compile`; None takes Adam at 1e-3 for the generator, SGD at 10 for the codes.
            learning_rate_scale: Factor on every learning rate.
            **kwargs: As for `ZooModel.compile`.

        Raises:
            UserError: Another optimizer for the codes.
        """
        super().compile(optimizer or RATES, learning_rate_scale=learning_rate_scale, **kwargs)
        sgd = self.optimizers["codes"]
        sgd = getattr(sgd, "inner_optimizer", sgd)
        if type(sgd) is not keras.optimizers.SGD or sgd.momentum or sgd.weight_decay:
            raise UserError(
                "train.optimizer.codes must be SGD without momentum and weight decay, such as "
                '{ name = "sgd", learning_rate = 10.0 }: other optimizers move the codes of pictures that are not in '
                "the batch."
            )

    def check_examples(self, examples):
        if len(examples) != self.num_codes:
            raise UserError(
                f"{self.name} keeps one code per training picture: {len(examples)} pictures, {self.num_codes} codes. "
                f"Set model.num_codes to {len(examples)}."
            )

    def check_data(self, data):
        self._check_known(data["index"])

    def adapt(self, examples):
        """Begin with the principal components of the pictures, brought into the unit ball."""
        self.check_examples(examples)
        if self.codes_start == "pca":
            self.table.assign(to_ball(principal_components(examples.images, self.table.shape[1]), np))
        self.prior.fit_to(self.table)

    def call(self, data, training=False):
        return self.generator(self.codes({"index": data["index"]}), training=training)["images"]

    def train_step(self, data):
        images, index = data["image"], data["index"]

        def loss():
            drawn = self.generator(self.codes({"index": index}), training=True)["images"]
            return self.distance(drawn, images), {}

        value, terms = self.minimize(loss, "generator", "codes")
        # On several devices every one moves the rows of all of them.
        index = replicas.gather(index)
        moved = to_ball(ops.take(self.table, index, axis=0))
        self.table.assign(ops.scatter_update(self.table, index[:, None], moved))
        self.prior.fit_to(self.table)
        self.update_averages()
        return self.log(loss=value, **terms)

    def distance(self, drawn, images):
        """Return the loss of drawn pictures, a scalar."""
        if self.loss_name == "mse":
            return ops.mean(ops.square(drawn - images))
        return ops.mean(laplacian_distance(drawn, images))

    def codes_of(self, index):
        """Return the codes of training pictures, those that `decode` draws them from.

        Args:
            index: int (n,), the numbers of the pictures in the training data ("index" of a batch).

        Returns:
            float32 array (n, latent_dim).

        Raises:
            UserError: A number that no training picture has; or the model was loaded from weights, which hold no codes.
        """
        if "codes" in self.fresh_networks:
            raise UserError(
                f"The weights of {self.name} hold no codes of pictures, the checkpoints of its run do: load the run "
                "with keras_facegan.loading.load_networks, or look for codes with keras_facegan.latent.invert."
            )
        index = self._check_known(index)
        return ops.convert_to_numpy(self.codes({"index": index})["latents"])

    def _check_known(self, index):
        index = ops.convert_to_numpy(index)
        unknown = index[(index < 0) | (index >= self.num_codes)]
        if len(unknown):
            raise UserError(
                f"Picture {unknown[0]} has no code: {self.name} knows the training pictures 0 to {self.num_codes - 1}. "
                "Look for the codes of other pictures with keras_facegan.latent.invert."
            )
        return index


def principal_components(images, count):
    """Return the coordinates of pictures along their first principal components.

    Args:
        images: uint8 (N, H, W, C).
        count: Number of components, at most N.

    Returns:
        float32 array (N, count).
    """
    step = max(1, images.shape[1] // PCA_SIDE)
    small = np.concatenate([_shrunk(images[first : first + 1024], step) for first in range(0, len(images), 1024)])
    fitted = PCA(count, svd_solver="randomized", random_state=0).fit(small[:PCA_PICTURES])
    return fitted.transform(small).astype("float32")


def _shrunk(images, step):
    """Return pictures (n, H, W, C) as float32 rows of the means of blocks of `step` x `step` pixels, in [-1, 1]."""
    n, height, width, channels = images.shape
    height, width = height // step, width // step
    blocks = images[:, : height * step, : width * step].reshape(n, height, step, width, step, channels)
    return blocks.mean(axis=(2, 4), dtype="float32").reshape(n, -1) / 127.5 - 1.0
