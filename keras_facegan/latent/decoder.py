"""The frozen generator of a model as a function that can be differentiated by its latents.

`model.decode` gives finished pictures, as NumPy arrays; the network behind it is what the model exports.
"""

from keras_facegan.abilities import Decodes, Exports, require
from keras_facegan.errors import UserError
from keras_facegan.seam.gradients import float32_compute


def differentiable_decoder(model):
    """Return what `model.decode` computes as a function of tensors, before it is clipped.

    BatchNorm normalises by its moving statistics, so that a picture does not depend on its neighbours in the batch,
    and layers compute in float32 whatever precision the model was built in: half precision would round small steps
    away.

    Args:
        model: Model with `decode` and a "generate" among its `export_signatures` that takes `latents` and the model's
            conditions, and gives `images`.

    Returns:
        Callable from a float32 tensor (B, latent_dim), and tensors of the conditions by name, to a float32 tensor
        (B, H, W, C), about [-1, 1].

    Raises:
        UserError: The model has no such network, or it takes more.
    """
    require(model, Decodes, Exports)
    signatures = model.export_signatures()
    network, inputs, _ = signatures.get("generate", (None, {}, None))
    if set(inputs) != {"latents", *(condition.name for condition in model.conditions)}:
        takes = ", ".join(inputs) or "nothing that is exported"
        raise UserError(
            f"{model.name} draws pictures from {takes}; only models that draw from latents and conditions are inverted."
        )

    def decoder(latents, **conditions):
        with float32_compute(network):
            return network({"latents": latents, **conditions}, training=False)["images"]

    return decoder
