"""Classical restoration of pictures, without any training: what a network has to beat."""

from keras_facegan.contents import table_of_contents

__all__, __getattr__, __dir__ = table_of_contents(
    __name__,
    {
        "baselines": [
            "admm_tv",
            "best_settings",
            "bicubic",
            "biharmonic",
            "local_mean_nlm",
            "median",
            "nearest",
            "non_local_means",
            "wiener",
        ]
    },
)
