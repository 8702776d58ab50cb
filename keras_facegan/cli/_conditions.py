"""Flags that say what pictures are to show, for models that draw pictures on a condition."""

from absl import flags

from keras_facegan.errors import UserError

FLAGS = {
    "label": "Class of the pictures, its number or name; several are joined by commas, one per picture.",
    "with": "Attributes that the faces have, joined by commas: Smiling,Eyeglasses.",
    "without": "Attributes that the faces do not have.",
    "age_group": "Age group of the faces, such as 31-40; several as for --label.",
    "age": "Age of the faces in years, instead of --age_group.",
    "gender": "Gender of the faces: male or female; several as for --label.",
}


def define_condition_flags(values):
    """Add the flags of all conditions to those of a command."""
    for name, text in FLAGS.items():
        flags.DEFINE_string(name, None, text, flag_values=values)


def wanted_conditions(given, model) -> dict:
    """Return what the flags ask for, by name of the condition: arguments of `generate`, `decode` and `invert`.

    Args:
        given: Parsed flags.
        model: Loaded model.

    Raises:
        UserError: A flag of a condition that the model does not have.
    """
    said = {name: given[name].value for name in FLAGS if given[name].value is not None}
    known = [flag for condition in model.conditions for flag in condition.flags]
    for flag in said:
        if flag not in known:
            takes = f"takes {', '.join(f'--{each}' for each in known)}" if known else "draws pictures on no condition"
            raise UserError(f"--{flag} does not fit {model.name}: it {takes}.")
    own = {condition: {flag: said[flag] for flag in condition.flags if flag in said} for condition in model.conditions}
    return {condition.name: condition.said(values) for condition, values in own.items() if values}
