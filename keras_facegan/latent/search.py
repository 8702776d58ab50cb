"""The search that inversion, denoising and inpainting are: the latents whose pictures come nearest to given ones.

Adam moves the latents and nothing else. All pictures and all their starts are rows of one batch, which changes no
result: the loss of a row depends on its own code alone, and Adam works coordinate by coordinate.
"""

import contextlib
import typing

import numpy as np
from keras import ops

from keras_facegan.data.progress import progress
from keras_facegan.errors import UserError
from keras_facegan.latent.decoder import differentiable_decoder
from keras_facegan.latent.objectives import distance
from keras_facegan.latent.settings import STOPS
from keras_facegan.latent.state import StateFile, job_name
from keras_facegan.seam.descent import Descent, adam_descent
from keras_facegan.seam.random import normal_of_step

# Rows of a batch: larger ones are no faster on a CPU, and this many fit anywhere.
ROWS = 64
# Steps per call: enough to hide what a call costs, few enough to be interrupted.
BLOCK = 100


class Found(typing.NamedTuple):
    """What a search found, of the best start of every picture.

    Args:
        latents: float32 (n, latent_dim), the code of the lowest loss of all steps.
        images: float32 (n, H, W, C) in [-1, 1], its picture.
        losses: float32 (n,), its loss.
        curves: float32 (n, steps + 1), the loss after 0, 1, ..., all steps.
        stops: int (k,), the steps at which the way was looked at.
        way: float32 (n, k, H, W, C) in [-1, 1], the pictures of the best codes until then.
    """

    latents: np.ndarray
    images: np.ndarray
    losses: np.ndarray
    curves: np.ndarray
    stops: np.ndarray
    way: np.ndarray


def search_latents(model, targets, known, settings, conditions, noise=0.0, title=None, state_file=None):
    """Look for the latents of pictures.

    Args:
        model: Model with `sample_latents`, `decode` and an exported generator, see `differentiable_decoder`.
        targets: float32 array (n, H, W, C), finite.
        known: float32 array (n, H, W, 1), 1 where a target is known and 0 where it is missing.
        settings: `Settings`.
        conditions: What the pictures show, by name of the condition: arrays (n, ...) of `model.condition_inputs`. They
            are held while the latents move.
        noise: Standard deviation of noise that is drawn afresh at every step and added to the drawn pictures.
        title: What a progress bar calls the search; none is shown without it.
        state_file: Path of a file that lets the same call go on where a killed process stopped, to the result of an
            unbroken one. Remove it once the result is safe.

    Returns:
        `Found`.

    Raises:
        UserError: The model cannot be inverted, the state file is of another search, or a loss was never finite.
    """
    decoder = differentiable_decoder(model)
    starts = np.asarray(model.sample_latents(settings.restarts, settings.seed), "float32")
    # The pictures of the starts stand for the weights, and for how this machine rounds.
    first = {name: np.repeat(values[:1], len(starts), axis=0) for name, values in conditions.items()}
    tensors = {name: ops.convert_to_tensor(values) for name, values in {"latents": starts, **first}.items()}
    drawn = ops.convert_to_numpy(decoder(**tensors))
    state = StateFile(state_file, job_name(settings, noise, targets, known, drawn, *conditions.values()))
    run = adam_descent(_objective(decoder, settings, noise, tuple(conditions)), settings.rate(targets.shape[-1]))
    total = settings.steps + 1
    stops = np.unique([int(share * settings.steps) for share in STOPS])
    pictures = max(1, ROWS // settings.restarts)
    at = state.read() or _beginning(np.tile(starts, (len(targets), 1)), total, len(stops), pictures)
    bar = progress(title, len(targets) * total, "steps") if title else contextlib.nullcontext(lambda count: None)
    with bar as advance:
        for batch, first in enumerate(range(0, len(targets), pictures)):
            data = [
                np.repeat(each[first : first + pictures], settings.restarts, axis=0)
                for each in (targets, known, *conditions.values())
            ]
            part = slice(first * settings.restarts, first * settings.restarts + len(data[0]))
            advance(int(at["taken"][batch]) * len(data[0]) // settings.restarts)
            while (taken := int(at["taken"][batch])) < total:
                until = min(total, taken + BLOCK, *(stop + 1 for stop in stops if stop >= taken))
                _go_on(at, part, run, taken, until, data)
                at["way"][part, stops == until - 1] = at["best"][part, None]
                at["taken"][batch] = until
                state.write(at)
                advance((until - taken) * len(data[0]) // settings.restarts)
    state.write(at, last=True)
    return _found(model, at, settings.restarts, stops, conditions)


def _objective(decoder, settings, noise, names):
    """Return the loss of rows of codes, as `adam_descent` takes it."""

    def objective(codes, step, targets, known, *conditions):
        images = decoder(codes, **dict(zip(names, conditions, strict=True)))
        if noise:
            # Equal for all rows: what is drawn for a picture does not depend on its company.
            images = images + noise * normal_of_step(images.shape[1:], settings.seed, step)
        loss = distance(settings.loss, images, targets, known)
        if settings.regulariser:
            loss = loss + settings.regulariser * ops.mean(ops.square(codes), axis=-1)
        return loss

    return objective


def _beginning(codes, total, stops, pictures):
    """Return the state of a search, one row per start of a picture, before its first step."""
    rows, dim = codes.shape
    return {
        "inputs": codes,
        "momentum": np.zeros_like(codes),
        "velocity": np.zeros_like(codes),
        "best": codes.copy(),
        "lowest": np.full(rows, np.inf, "float32"),
        "curves": np.zeros((rows, total), "float32"),
        "way": np.zeros((rows, stops, dim), "float32"),
        "taken": np.zeros(-(-rows // pictures), "int64"),
    }


def _go_on(at, part, run, first, last, data):
    """Take the steps first, ..., last - 1 with the rows of one batch."""
    descent, losses = run(Descent(*(at[name][part] for name in Descent._fields)), first, last, *data)
    for name, value in descent._asdict().items():
        at[name][part] = ops.convert_to_numpy(value)
    at["curves"][part, first:last] = ops.convert_to_numpy(losses).T


def _found(model, at, restarts, stops, conditions):
    """Choose the best start of every picture."""
    lowest = at["lowest"].reshape(-1, restarts)
    if not np.isfinite(lowest.min(axis=1)).all():
        raise UserError("No code has a finite loss: the weights are broken, train or load the model again.")
    best = np.arange(len(lowest)) * restarts + lowest.argmin(axis=1)
    way = at["way"][best]
    on_the_way = {name: np.repeat(values, len(stops), axis=0) for name, values in conditions.items()}
    pictures = model.decode(way.reshape(-1, way.shape[-1]), **on_the_way)
    return Found(
        latents=at["best"][best],
        images=model.decode(at["best"][best], **conditions),
        losses=at["lowest"][best],
        curves=at["curves"][best],
        stops=stops,
        way=pictures.reshape(*way.shape[:2], *pictures.shape[1:]),
    )
