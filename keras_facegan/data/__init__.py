"""Pictures with their labels: named data sets, decoded once, sampled and augmented as a function of (seed, step)."""

from keras_facegan.contents import table_of_contents

__all__, __getattr__, __dir__ = table_of_contents(
    __name__,
    {
        # Data sets by name.
        "options": ["dataset_options", "list_datasets"],
        "pipeline": ["Examples", "load_dataset", "open_dataset"],
        "check": ["Problem", "check_folder"],
        # Data sets of one's own.
        "sources": ["Source", "picture_source"],
        # Pictures as arrays.
        "images": ["decode", "image_grid", "prepare", "save_image", "to_float", "to_uint8"],
    },
)
