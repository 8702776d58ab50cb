"""Measures of pictures, features, probabilities, ages and losses: functions of arrays that give numbers."""

from keras_facegan.contents import table_of_contents

__all__, __getattr__, __dir__ = table_of_contents(
    __name__,
    {
        # Two sets of features.
        "frechet": ["Statistics", "frechet_distance", "frechet_distance_of_statistics", "statistics"],
        "kernel": ["kernel_distance"],
        "manifold": ["density_coverage", "precision_recall"],
        "neighbours": ["nearest_neighbours"],
        # One set of features, pictures or probabilities.
        "diversity": ["duplicate_rate", "mean_distance", "picture_similarity"],
        "inception_score": ["classifier_score"],
        "pictures": ["high_frequency_energy", "sharpness"],
        # Pairs of pictures.
        "signal_to_noise": ["psnr"],
        "similarity": ["multiscale_ssim", "ssim"],
        # Likelihoods.
        "likelihood": ["bits_per_dim"],
        "parzen": ["log_likelihoods", "parzen_log_likelihood"],
        # Answers about faces.
        "ageing": ["Judge", "ageing_by_group"],
        "ages": ["by_decade", "mean_absolute_error", "path_correlation"],
        "attributes": ["hamming_loss", "macro_f1", "majority_hamming_loss"],
        "verification": [
            "auc",
            "equal_error_rate",
            "pair_distances",
            "roc_curve",
            "tar_at_far",
            "ten_fold_accuracy",
            "threshold_at_far",
        ],
        # Losses of two players over the steps.
        "stability": ["loss_distance", "moving_average", "settling_step"],
        # From pictures to features.
        "extractors": ["Extractor", "inception_v3_keras", "weights_hash"],
        "reference": ["Reference", "reference_features"],
        "resize": ["resized"],
    },
)
