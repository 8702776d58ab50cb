"""What one can do with a run that has come to its end, as commands to copy."""

import shlex

from keras_facegan.abilities import Ages, EstimatesAge, Exports, Generates, Identifies, Verifies

_COMMANDS = {
    Generates: "facegan generate --run {run}",
    Ages: "facegan age photo.jpg --all --run {run}",
    EstimatesAge: "facegan age-of photo.jpg --run {run}",
    Verifies: "facegan verify a.jpg b.jpg --run {run}",
    Identifies: "facegan recognise --gallery DIR photo.jpg --run {run}",
}


def next_commands(model, run_dir) -> list[str]:
    """Return the commands that fit what a model can do.

    Args:
        model: Trained model.
        run_dir: Directory of its run.
    """
    lines = [command for ability, command in _COMMANDS.items() if isinstance(model, ability)]
    lines += ["facegan evaluate --run {run}", "tensorboard --logdir {run}/tensorboard"]
    if isinstance(model, Exports):
        lines.append("facegan export --run {run} {run}/export")
    return [line.format(run=shlex.quote(str(run_dir))) for line in lines]
