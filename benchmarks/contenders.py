"""One training loop in a process of its own: python -m benchmarks.contenders ours 64 float32 2

All three are DCGAN at 64 px on batches of 64: the non-saturating loss, Adam (2e-4, beta_1 0.5), real and generated
pictures apart, and fresh latents for the generator's step. The process answers every line "steps" on its standard input
with a line of JSON: seconds a step, processor seconds a step, and the processor seconds used in all.
"""

import json
import os
import sys
import time

BATCH, SIDE, LATENT = 64, 64, 100


def ours(width, precision, threads):
    """`create_model("dcgan")` through `fit`."""
    return fitted_dcgan(width, precision, threads)[0]


def fitted_dcgan(width, precision, threads):
    """Return `(run, model)`: what times so many steps of `fit`, and the compiled model it trains."""
    keras, _ = start_tensorflow(threads)
    import keras_facegan
    from keras_facegan.seam import runtime

    with runtime.precision("float32" if precision == "float32" else "mixed_bfloat16"):
        model = keras_facegan.create_model("dcgan", preset="celeba_64", filters=width)
    model.compile()
    return fitted(model, {"image": _pictures()}), model


def plain_keras(width, precision, threads):
    """The same networks and step as the Keras documentation writes them: Keras' layers, two Adams, one tape each."""
    keras, tf = start_tensorflow(threads)
    keras.config.set_dtype_policy("float32" if precision == "float32" else "mixed_bfloat16")
    layers = keras.layers

    def norm():
        return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)

    def convolution(kind, filters):
        return kind(filters, 4, 2, "same", use_bias=False)

    generator = keras.Sequential([keras.Input((LATENT,)), layers.Dense(16 * 8 * width, use_bias=False)])
    generator.add(layers.Reshape((4, 4, 8 * width)))
    for filters in (4 * width, 2 * width, width, 3):
        generator.add(norm())
        generator.add(layers.ReLU())
        generator.add(convolution(layers.Conv2DTranspose, filters))
    generator.add(layers.Activation("tanh", dtype="float32"))

    discriminator = keras.Sequential([keras.Input((SIDE, SIDE, 3)), convolution(layers.Conv2D, width)])
    discriminator.add(layers.LeakyReLU(0.2))
    for filters in (2 * width, 4 * width, 8 * width):
        discriminator.add(convolution(layers.Conv2D, filters))
        discriminator.add(norm())
        discriminator.add(layers.LeakyReLU(0.2))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dense(1, use_bias=False))
    discriminator.add(layers.Activation("linear", dtype="float32"))

    class PlainGAN(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator, self.discriminator = generator, discriminator
            self.seed = keras.random.SeedGenerator()
            self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
            self.g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
            self.d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)

        def train_step(self, real):
            size = tf.shape(real)[0]
            ones, zeros = tf.ones((size, 1)), tf.zeros((size, 1))
            fake = self.generator(keras.random.normal((size, LATENT), seed=self.seed), training=True)
            with tf.GradientTape() as tape:
                d_loss = self.loss_fn(ones, self.discriminator(real, training=True))
                d_loss += self.loss_fn(zeros, self.discriminator(fake, training=True))
            gradients = tape.gradient(d_loss, self.discriminator.trainable_weights)
            self.d_optimizer.apply_gradients(zip(gradients, self.discriminator.trainable_weights, strict=True))
            latents = keras.random.normal((size, LATENT), seed=self.seed)
            with tf.GradientTape() as tape:
                g_loss = self.loss_fn(ones, self.discriminator(self.generator(latents, training=True), training=True))
            gradients = tape.gradient(g_loss, self.generator.trainable_weights)
            self.g_optimizer.apply_gradients(zip(gradients, self.generator.trainable_weights, strict=True))
            return {"d_loss": d_loss, "g_loss": g_loss}

    model = PlainGAN()
    model.compile(optimizer=None)
    return fitted(model, _pictures())


def pytorch(width, precision, threads):
    """PyTorch eager, channels_last, as its DCGAN example writes it; bfloat16 is `torch.autocast`, its users' way.

    It is given what a careful user gives it: no gradients for the discriminator's weights in the generator's step.
    """
    import torch
    from torch import nn

    torch.set_num_threads(threads)

    def up(channels, filters, stride=2, padding=1):
        return nn.ConvTranspose2d(channels, filters, 4, stride, padding, bias=False)

    def down(channels, filters, stride=2, padding=1):
        return nn.Conv2d(channels, filters, 4, stride, padding, bias=False)

    parts, channels = [up(LATENT, 8 * width, 1, 0)], 8 * width
    for filters in (4 * width, 2 * width, width, 3):
        parts += [nn.BatchNorm2d(channels), nn.ReLU(True), up(channels, filters)]
        channels = filters
    generator = nn.Sequential(*parts, nn.Tanh())
    parts = [down(3, width), nn.LeakyReLU(0.2, True)]
    for filters in (width, 2 * width, 4 * width):
        parts += [down(filters, 2 * filters), nn.BatchNorm2d(2 * filters), nn.LeakyReLU(0.2, True)]
    discriminator = nn.Sequential(*parts, down(8 * width, 1, 1, 0), nn.Flatten())

    for network in (generator, discriminator):
        network.to(memory_format=torch.channels_last)
    g_optimizer = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999))
    loss_fn = nn.BCEWithLogitsLoss()
    real = torch.from_numpy(_pictures()).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

    def autocast():
        return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")

    def step():
        discriminator.requires_grad_(True)
        d_optimizer.zero_grad()
        with autocast():
            with torch.no_grad():
                fake = generator(torch.randn(BATCH, LATENT, 1, 1))
            real_logits, fake_logits = discriminator(real), discriminator(fake)
        d_loss = loss_fn(real_logits.float(), ones) + loss_fn(fake_logits.float(), zeros)
        d_loss.backward()
        d_optimizer.step()
        discriminator.requires_grad_(False)
        g_optimizer.zero_grad()
        with autocast():
            fake_logits = discriminator(generator(torch.randn(BATCH, LATENT, 1, 1)))
        g_loss = loss_fn(fake_logits.float(), ones)
        g_loss.backward()
        g_optimizer.step()
        return d_loss.item(), g_loss.item()

    def run(steps):
        start = clocks()
        for _ in range(steps):
            step()
        return a_step(start, clocks(), steps)

    return run


CONTENDERS = {each.__name__: each for each in (ours, plain_keras, pytorch)}


def start_tensorflow(threads):
    """Return `keras` and `tensorflow`, held to so many threads."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    return keras, tf


def clocks():
    """Return seconds and processor seconds."""
    return time.perf_counter(), time.process_time()


def a_step(start, end, steps):
    """Return seconds and processor seconds a step between two readings of `clocks`."""
    return [(after - before) / steps for before, after in zip(start, end, strict=True)]


def _pictures():
    import numpy as np

    return np.random.default_rng(0).uniform(-1.0, 1.0, (BATCH, SIDE, SIDE, 3)).astype("float32")


def fitted(model, batch):
    """Return a function that times so many steps inside one call of `fit`, from the end of a first step on."""
    import keras
    import tensorflow as tf

    options = tf.data.Options()
    # The autotuner sleeps in doubling periods, and `fit` waits for it.
    options.autotune.enabled = False
    data = tf.data.Dataset.from_tensors(batch).repeat().with_options(options)
    ends = []
    stamp = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ends.append(clocks()))

    def run(steps):
        ends.clear()
        model.fit(data, steps_per_epoch=steps + 1, epochs=1, verbose=0, callbacks=[stamp], shuffle=False)
        return a_step(ends[0], ends[-1], steps)

    return run


def serve(make):
    """Warm up what `make()` returns, then take turns until the input ends."""
    # Answers go where standard output went; what libraries print does not get between them.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    run = make()
    run(2)
    print("ready", file=answers)
    for line in sys.stdin:
        used = time.process_time()
        seconds = run(int(line))
        print(json.dumps([*seconds, time.process_time() - used]), file=answers)


def main():
    """Serve the contender named on the command line."""
    name, width, precision, threads = sys.argv[1:]
    serve(lambda: CONTENDERS[name](int(width), precision, int(threads)))


if __name__ == "__main__":
    main()
