"""Arithmetic with latents: what the codes of some pictures have in common is added to that of another.

Radford, Metz, Chintala 2015, arXiv 1511.06434, section 6.3.2: mean codes, where single ones are unstable.
"""

import numpy as np

from keras_facegan.errors import UserError


def attribute_vector(latents, has):
    """Return the mean code of the pictures with an attribute, minus that of the pictures without.

    Args:
        latents: float (n, latent_dim), sampled codes or those that inversion found.
        has: bool (n,), which pictures have it.

    Returns:
        float32 array (latent_dim,).

    Raises:
        UserError: Shapes that do not fit, or all pictures on one side.
    """
    latents, has = np.asarray(latents, "float64"), np.asarray(has)
    if latents.ndim != 2 or has.shape != latents.shape[:1] or has.dtype != bool:
        raise UserError(
            f"Expected codes (n, latent_dim) and one bool per code, got {latents.shape} and {has.dtype} {has.shape}."
        )
    if has.all() or not has.any():
        raise UserError(
            f"{'All' if has.all() else 'None'} of {len(has)} pictures have it: give some with and some without."
        )
    return (latents[has].mean(axis=0) - latents[~has].mean(axis=0)).astype("float32")


def add_attribute(latents, vector, amount=1.0):
    """Give codes an attribute, or take it away.

    Args:
        latents: float (..., latent_dim).
        vector: float (latent_dim,), see `attribute_vector`.
        amount: How much of it; -1 takes it away, an array (k, 1) makes a series of one code (latent_dim,).

    Returns:
        float32 array (..., latent_dim).
    """
    return (np.asarray(latents, "float64") + amount * np.asarray(vector, "float64")).astype("float32")
