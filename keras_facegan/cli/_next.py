"""What one can do with a run that has come to its end, as commands to copy."""

import shlex

from keras_facegan import abilities

_COMMANDS = {
    abilities.Generates: "facegan generate --run {run}",
    abilities.Ages: "facegan age photo.jpg --all --run {run}",
    abilities.EstimatesAge: "facegan age-of photo.jpg --run {run}",
    abilities.Verifies: "facegan verify a.jpg b.jpg --run {run}",
    abilities.Identifies: "facegan identify --gallery DIR photo.jpg --run {run}",
    abilities.Recognises: "facegan recognise photo.jpg --run {run}",
    abilities.Transforms: "facegan transform photo.jpg --with NAME --run {run}",
    abilities.Translates: "facegan translate photo.jpg --to B --run {run}",
    abilities.Restores: "facegan restore photo.jpg --run {run}",
    abilities.Completes: "facegan complete picture.png --run {run}",
}


def next_commands(model, run_dir) -> list[str]:
    """Return the commands that fit what a model can do.

    Args:
        model: Trained model.
        run_dir: Directory of its run.
    """
    lines = [command for ability, command in _COMMANDS.items() if isinstance(model, ability)]
    lines += ["facegan evaluate --run {run}", "tensorboard --logdir {run}/tensorboard"]
    if isinstance(model, abilities.Exports):
        lines.append("facegan export --run {run} {run}/export")
    return [line.format(run=shlex.quote(str(run_dir))) for line in lines]
