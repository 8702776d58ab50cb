"""What is done with the latent codes of a trained generator."""

from keras_facegan.contents import table_of_contents

__all__, __getattr__, __dir__ = table_of_contents(
    __name__,
    {
        # Codes of given pictures.
        "inversion": ["invert"],
        "denoising": ["add_noise", "denoise"],
        "inpainting": ["inpaint", "square_hole"],
        "search": ["Found"],
        "settings": ["Settings"],
        "curves": ["loss_curves"],
        # From code to code.
        "interpolation": ["linear", "spherical"],
        "arithmetic": ["add_attribute", "attribute_vector"],
        # The generator as a function that can be differentiated.
        "decoder": ["differentiable_decoder"],
    },
)
