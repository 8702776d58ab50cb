"""A generator whose best codes are known in closed form: pictures are a matrix times the code, plus one picture."""

import types

import keras
import numpy as np

SHAPE, DIM = (5, 5, 1), 6


def linear_model(seed=0, shape=SHAPE, dim=DIM):
    """Return a model of pictures A z + b with the protocol of latent models, and A (pixels, dim) and b (pixels,)."""
    rng = np.random.default_rng(seed)
    pixels = int(np.prod(shape))
    matrix = 0.1 * rng.standard_normal((dim, pixels), dtype="float32")
    offset = rng.uniform(-0.2, 0.2, pixels).astype("float32")
    latents = keras.Input((dim,), name="latents")
    dense = keras.layers.Dense(pixels)
    network = keras.Model({"latents": latents}, {"images": keras.layers.Reshape(shape)(dense(latents))})
    dense.set_weights([matrix, offset])

    def decode(codes):
        return np.clip((np.asarray(codes) @ matrix + offset).reshape(-1, *shape), -1.0, 1.0)

    def sample_latents(n, seed=0):
        return np.random.default_rng(seed).standard_normal((n, dim), dtype="float32")

    model = types.SimpleNamespace(
        name="linear",
        image_shape=shape,
        decode=decode,
        sample_latents=sample_latents,
        sample_inputs=lambda n, seed=0: {"latents": sample_latents(n, seed)},
        grid=lambda num, seed=0, columns=None: ({"latents": sample_latents(num, seed)}, columns, None),
        condition_inputs=lambda n: {},
        conditions=(),
        prior=types.SimpleNamespace(latent="normal", latent_dim=dim),
        export_signatures=lambda: {"generate": (network, {"latents": sample_latents(2)}, decode)},
    )
    return model, matrix.T.astype("float64"), offset.astype("float64")


def pictures(n, shape=SHAPE, seed=1):
    """Return pictures that no code draws."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (n, *shape)).astype("float32")
