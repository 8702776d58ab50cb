"""Semi-supervised GAN: one network tells the classes apart, and real pictures from generated ones.

Semi-Supervised Learning with Generative Adversarial Networks. Odena 2016, arXiv 1606.01583. Improved Techniques for
Training GANs. Salimans et al. 2016, arXiv 1606.03498, section 5, whose perceptrons for MNIST are `network="mlp"`. The
convolutional networks are DCGAN's (arXiv 1511.06434), without normalisation in the discriminator: what BatchNorm learns
from real and generated batches together would be wrong for the pictures that are classified later.
"""

from typing import Literal, Unpack

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import (
    Filters,
    Fraction,
    ImageShape,
    KernelCount,
    Positive,
    SmallCount,
    Weight,
    Width,
)
from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.dropout import Dropout
from keras_facegan.layers.real_logit import RealLogit
from keras_facegan.layers.weight_norm import WeightNormDense
from keras_facegan.losses.adversarial import non_saturating
from keras_facegan.models._gan import GAN, GameSettings
from keras_facegan.models.dcgan import dcgan_generator
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.conditions import Classes
from keras_facegan.networks.dcgan import trunk
from keras_facegan.networks.latents import LatentName, LatentPrior
from keras_facegan.networks.minibatch import with_similarities
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.networks.scales import scale_plan
from keras_facegan.registry import MODELS
from keras_facegan.seam import replicas

# Pictures that the initial lengths of the perceptron's weights are taken from.
INITIAL_PICTURES = 500


def _direction(units, activation=None):
    return WeightNormDense(units, activation, kernel_initializer=keras.initializers.RandomNormal(0.0, 0.1))


def mlp_generator(image_shape, hidden, latent_dim):
    """Latents (B, latent_dim) -> images (B, H, W, C) in [-1, 1]."""
    latents = x = keras.Input((latent_dim,), name="latents")
    for _ in range(2):
        x = layers.Dense(hidden // 2, use_bias=False)(x)
        x = layers.Activation("softplus")(BatchNormalization(scale=False)(x))
    x = layers.Activation("sigmoid", dtype="float32")(_direction(int(np.prod(image_shape)))(x))
    images = layers.Rescaling(2.0, -1.0, dtype="float32")(layers.Reshape(image_shape)(x))
    return keras.Model({"latents": latents}, {"images": images}, name="generator")


def mlp_trunk(image, hidden, noise):
    """Images (B, H, W, C) -> features (B, hidden // 4)."""
    x = layers.Flatten()(layers.Rescaling(0.5, 0.5)(image))
    # Paper: noise of standard deviation 0.3 on the pixels, 0.5 on what the hidden layers give.
    x = layers.GaussianNoise(0.6 * noise)(x)
    for units in (hidden, hidden // 2, hidden // 4, hidden // 4, hidden // 4):
        x = layers.GaussianNoise(noise)(_direction(units, "relu")(x))
    return x


def convolutional_trunk(image, filters, noise):
    """Images (B, side, side, channels) -> features (B, 4 * 4 * channels)."""
    smallest, channels = scale_plan(image.shape[1:], filters)
    # 28 px end at 7, which one more convolution halves to 4.
    channels = [*channels, 2 * channels[-1]] if smallest == 7 else channels

    def between(x):
        return Dropout(0.5 * noise)(layers.LeakyReLU(0.2)(x))

    return layers.Flatten()(trunk(layers.GaussianNoise(0.3 * noise)(image), channels, between)[-1])


def classifier(image_shape, features_of, size, noise, num_classes, form, minibatch_kernels, minibatch_dims):
    """Images (B, H, W, C) -> class logits (B, K), and logits (B, 1) of "real"."""
    image = keras.Input(image_shape, name="image")
    x = features_of(image, size, noise)
    classes = layers.Dense(num_classes, dtype="float32", name="class_logits")(x)
    # Only "generated" is told from the batch: the class of a picture is its own matter, and classified alone.
    compared = with_similarities(x, minibatch_kernels, minibatch_dims)
    # Salimans et al. fix the score of "generated" to 0: K + 1 scores are one more than K + 1 probabilities need.
    generated = [layers.Dense(1, dtype="float32", name="generated")(compared)] if form == "odena" else []
    logits = RealLogit(name="logits")([classes, *generated])
    return keras.Model({"image": image}, {"class_logits": classes, "logits": logits}, name="discriminator")


@MODELS.register("sgan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class SGAN(GAN):
    """GAN whose discriminator is a classifier, learnt from few labels and many pictures without.

    Train it on batches of the sampler `labelled:100`, which shows the labels of 100 pictures only. The softmax over the
    K classes and "generated" is kept as `class_logits` and the logit of "real", log p(1..K) - log p(generated).

    Args:
        image_shape: (H, W, C); convolutional networks take squares of side 28, 32, 64, 128 or 256.
        form: "odena": the mean negative log-likelihood of real and generated pictures together, where a picture
            without a label only counts as not generated, and a generator that makes pictures look real. "salimans": the
            score of "generated" is 0, labels and reality are terms of equal weight, and the generator matches
            features: `feature_matching` is 1 unless set.
        num_classes: Labels are 0 to this, exclusive.
        network: "mlp" (Salimans et al.) or "convolutional".
        hidden: Multilayer perceptrons: width of the classifier's first layer, at least 4; the others keep the paper's
            ratios to it.
        filters: Convolutional: channels at half the image side, doubled at each halving up to eightfold; or the list
            of channels at every scale, from the image side inwards.
        noise: Standard deviation of the noise in the perceptron's hidden layers, 0.6 of it on its pixels; or twice the
            share that the convolutional classifier drops; 0.5 in both papers.
        labelled_weight: Weight of what tells the classes apart; 0 is a plain GAN of these networks.
        unlabelled_weight: Weight of what tells real from generated pictures; 0 learns from the labels alone.
        latent_dim: Length of a latent code.
        latent: "uniform" or "normal".
        latent_range: Half the width of the uniform interval, or standard deviation.
        minibatch_kernels: Similarities within the batch that "odena" tells generated pictures by (Salimans et al. 2016,
            section 3.2; 100 there); 0 for none.
        minibatch_dims: Length of the projections that one of them compares.
        **game: Settings of `Game`. `ema_decay` averages the classifier, too.

    Reference:
        Odena 2016, arXiv 1606.01583; Salimans et al. 2016, arXiv 1606.03498, section 5.
    """

    terms = ("d_loss", "g_loss", "real_score", "fake_score", "class_loss", "accuracy")
    inference = ("generator", "discriminator")
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (28, 28, 1),
        form: Literal["odena", "salimans"] = "salimans",
        num_classes: SmallCount = 10,
        network: Literal["mlp", "convolutional"] = "mlp",
        hidden: Width = 1000,
        filters: Filters = 32,
        noise: Fraction = 0.5,
        labelled_weight: Weight = 1.0,
        unlabelled_weight: Weight = 1.0,
        latent_dim: Width = 100,
        latent: LatentName = "uniform",
        latent_range: Positive = 1.0,
        minibatch_kernels: KernelCount = 0,
        minibatch_dims: SmallCount = 5,
        name: str = "sgan",
        **game: Unpack[GameSettings],
    ):
        super().__init__(locals())
        if minibatch_kernels and form != "odena":
            raise UserError(
                "model.minibatch_kernels needs model.form `odena`: similarities in a batch tell nothing of classes, "
                f"and form `{form}` has no other score; got {minibatch_kernels}."
            )
        if hidden < 4:
            raise UserError(f"model.hidden must be 4 or more: the last layers have a quarter of it; got {hidden}.")
        self.form, self.num_classes = form, num_classes
        self.labelled_weight, self.unlabelled_weight = labelled_weight, unlabelled_weight
        generator, features_of, size = {
            "mlp": (mlp_generator, mlp_trunk, hidden),
            "convolutional": (dcgan_generator, convolutional_trunk, filters),
        }[network]
        self.generator = generator(image_shape, size, latent_dim)
        self.discriminator = classifier(
            image_shape, features_of, size, noise, num_classes, form, minibatch_kernels, minibatch_dims
        )
        if form == "salimans":
            game = {"feature_matching": 1.0, **game}
        self.play(non_saturating(), LatentPrior(latent_dim, latent, latent_range), game)
        self.average("discriminator", self.game.ema_decay)
        self.reads = ("image", "label", "labelled")

    def discriminator_loss(self, batch):
        images, fakes = batch["image"], ops.stop_gradient(self.draw(batch))
        real, fake = self.discriminate(images, batch), self.discriminate(fakes, batch)
        labelled = ops.cast(batch["labelled"], "float32")
        truth = ops.one_hot(batch["label"], self.num_classes, dtype="float32")
        # The factor takes the gradient of pictures without a label, too: that of a row without a one is not 0.
        of_class = labelled * keras.losses.categorical_crossentropy(truth, real["class_logits"], from_logits=True)
        class_loss = _mean(of_class, labelled)
        is_real, is_fake = ops.softplus(-real["logits"][:, 0]), ops.mean(ops.softplus(fake["logits"]))
        if self.form == "odena":
            # Per real picture -log p(its class), or -log(1 - p(generated)) where the class is not known. Both hold
            # the second: p(class) is p(class, among the classes) times p(not generated).
            of_classes, of_reality = ops.mean(of_class) / 2.0, (ops.mean(is_real) + is_fake) / 2.0
        else:
            of_classes, of_reality = class_loss, (_mean(is_real, _unlabelled(batch)) + is_fake) / 2.0
        loss = self.labelled_weight * of_classes + self.unlabelled_weight * of_reality
        right = ops.argmax(real["class_logits"], axis=-1) == ops.argmax(truth, axis=-1)
        terms = {
            "real_score": ops.mean(ops.sigmoid(real["logits"])),
            "fake_score": ops.mean(ops.sigmoid(fake["logits"])),
            "class_loss": class_loss,
            "accuracy": _mean(ops.cast(right, "float32"), labelled),
        }
        return loss + self.penalty(images, fakes, batch), terms

    def matched(self, batch):
        # The few pictures with labels are learnt by heart: no generated picture can have their features.
        return _unlabelled(batch)

    def check_examples(self, examples):
        Classes(self.num_classes).check(examples)

    def adapt(self, examples):
        """Give the hidden units of the perceptron mean 0 and variance 1 on real pictures, as the paper does."""
        images = examples.images[:INITIAL_PICTURES].astype("float32") / 127.5 - 1.0
        for layer in self.discriminator.layers:
            if isinstance(layer, WeightNormDense):
                layer.standardise(keras.Model(self.discriminator.input, layer.input)({"image": images}))
        self.network("discriminator").set_weights(self.discriminator.get_weights())

    def validate(self, images, columns):
        """Return the accuracy on pictures that are not trained on."""
        return {"accuracy": float((self.classify(images).argmax(axis=1) == columns["label"]).mean())}

    def classify(self, images):
        """Return the probability of every class, were the picture a real one.

        Args:
            images: float (n, side, side, channels) in [-1, 1] of the model's size, array or tensor.

        Returns:
            float32 array (n, num_classes), rows that add up to 1.

        Raises:
            UserError: Pictures of another shape or range.
        """
        images = check_pictures(images, self.image_shape, exact=True)
        network = self.network("discriminator")
        return in_chunks(lambda x: ops.softmax(network({"image": x}, training=False)["class_logits"]), images)

    def export_signatures(self):
        """Return `generate`, and `classify`: image (B, H, W, C) in [-1, 1] -> probabilities (B, num_classes)."""
        discriminator = self.network("discriminator")
        # On an input of its own, so that no node is left in the discriminator.
        image = keras.Input(self.image_shape, name="image")
        logits = keras.Model(discriminator.input, discriminator.output["class_logits"])({"image": image})
        network = keras.Model({"image": image}, {"probabilities": layers.Softmax(dtype="float32")(logits)})
        examples = np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32")
        classify = {"classify": (network, {"image": examples}, lambda image: self.classify(image))}
        return super().export_signatures() | classify


def _unlabelled(batch):
    """Return float32 (B,): 1 for pictures without a label, or for all where every picture has its label."""
    unlabelled = 1.0 - ops.cast(batch["labelled"], "float32")
    return ops.where(replicas.mean(ops.max(unlabelled)) > 0.0, unlabelled, ops.ones_like(unlabelled))


def _mean(values, weights):
    """Return the mean of values (B,) under weights (B,) in {0, 1}; 0 where no weight is 1.

    On several devices it is this part's share of the mean over the whole batch.
    """
    whole = replicas.count() * replicas.mean(ops.sum(weights))
    return ops.sum(values * weights) * replicas.count() / ops.maximum(whole, 1.0)
