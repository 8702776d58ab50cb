"""The first lines of a run: what is trained, on what, where the results go."""

from keras_facegan.seam import backend


def plan(recipe, root, devices: str) -> list[str]:
    """Return the lines to show before anything is loaded.

    Args:
        recipe: Checked `Recipe`.
        root: Path of the run directory.
        devices: What computes, for people.
    """
    precision = {"off": "float32"}.get(recipe.train.mixed_precision, f"mixed {recipe.train.mixed_precision}")
    warning = backend.unused_gpu()
    return [
        f"{recipe.name}, preset {recipe.preset}, on {recipe.data['dataset']}; {precision} on {devices}.",
        f"Results go to {root}.",
        *([warning] if warning else []),
    ]


def data(examples, split: str, steps: int, images_per_step: int) -> list[str]:
    """Return the lines to show once the pictures are there.

    Args:
        examples: `keras_facegan.data.Examples` that are trained on.
        split: Name of their split.
        steps: Steps of the whole run.
        images_per_step: Real pictures per step.
    """
    height, width = examples.images.shape[1:3]
    passes = steps * images_per_step / len(examples)
    passes = f"{passes:,.0f}" if passes >= 10 else f"{passes:.2g}"
    return [
        f"Data: {len(examples):,} pictures of {width} x {height} pixels (split {split}).",
        f"Training: {steps:,} steps of {images_per_step:,} pictures, {passes} passes over the data.",
    ]
