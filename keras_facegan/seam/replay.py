"""Call a SavedModel as its users do: TensorFlow alone, in a process started by the path of this file."""

import sys


def main(folder, inputs, outputs):
    """Call signatures with the arrays of one file and write what they give to another.

    Args:
        folder: Path of the SavedModel.
        inputs: Path of an .npz file of arrays named "signature/call/input".
        outputs: Path of the .npz file to write, of arrays named "signature/call/output".
    """
    # None makes an import fail: TensorFlow by itself would load Keras wherever that is installed.
    sys.modules.update(keras=None, keras_facegan=None)
    import numpy as np
    import tensorflow as tf

    calls, results = {}, {}
    with np.load(inputs, allow_pickle=False) as arrays:
        for key in arrays.files:
            call, name = key.rsplit("/", 1)
            calls.setdefault(call, {})[name] = tf.constant(arrays[key])
    loaded = tf.saved_model.load(folder)
    for call, arguments in calls.items():
        signature = call.split("/", 1)[0]
        for name, value in loaded.signatures[signature](**arguments).items():
            results[f"{call}/{name}"] = value.numpy()
    np.savez(outputs, **results)


if __name__ == "__main__":
    main(*sys.argv[1:])
