"""What distances mean: their distributions on held-out people, kept with the weights that they belong to."""

import keras
import numpy as np

from keras_facegan.errors import UserError

QUANTILES = 2001
# Shares up to this are spaced by their logarithm, so that rare errors are resolved.
_SHARES = np.concatenate([[0.0], np.logspace(-4, 0, QUANTILES - 1)])


@keras.saving.register_keras_serializable(package="keras_facegan")
class Calibration(keras.layers.Layer):
    """Quantiles of the distances of genuine and impostor pairs, and the scale of a feature layer.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def build(self, input_shape):
        frozen = {"initializer": "zeros", "trainable": False, "dtype": "float32"}
        self.genuine = self.add_weight(shape=(QUANTILES,), name="genuine", **frozen)
        self.impostor = self.add_weight(shape=(QUANTILES,), name="impostor", **frozen)
        self.pairs = self.add_weight(shape=(1,), name="pairs", **frozen)
        self.feature_scale = self.add_weight(shape=(1,), name="feature_scale", **frozen)

    def fit(self, genuine, impostor):
        """Take over the distributions of squared distances.

        Args:
            genuine: Array (n,) of the distances of pairs of the same person.
            impostor: Array (m,) of the distances of pairs of different people.
        """
        self.genuine.assign(np.quantile(genuine, _SHARES))
        self.impostor.assign(np.quantile(impostor, _SHARES))
        self.pairs.assign([len(impostor)])

    def threshold(self, far):
        """Return the distance below which the share `far` of impostor pairs lies, and the share of genuine pairs there.

        Raises:
            UserError: Never calibrated, or on too few pairs for so small a rate.
        """
        least = self.least_rate()
        if not least <= far < 1:
            seen = int(np.asarray(self.pairs)[0])
            raise UserError(f"far must be in [{least:.2g}, 1), got {far}: the calibration saw {seen:,} impostor pairs.")
        threshold = float(np.interp(far, _SHARES, np.asarray(self.impostor)))
        return threshold, float(np.interp(threshold, np.asarray(self.genuine), _SHARES))

    def balance(self):
        """Return the distance at which a pair is as likely to show one person as two, if both are equally many.

        There the densities of both kinds cross, which is where the shares of both below it differ most.

        Returns:
            The distance, and the shares of genuine and of impostor pairs below it.

        Raises:
            UserError: Never calibrated.
        """
        self._check()
        genuine, impostor = np.asarray(self.genuine), np.asarray(self.impostor)
        distances = np.sort(np.concatenate([genuine, impostor]))
        accepted, wrongly = (np.interp(distances, kind, _SHARES) for kind in (genuine, impostor))
        best = int(np.argmax(accepted - wrongly))
        return float(distances[best]), float(accepted[best]), float(wrongly[best])

    def least_rate(self):
        """Return the smallest false accept rate that `threshold` can be asked for.

        Raises:
            UserError: Never calibrated.
        """
        self._check()
        return max(10.0 / float(np.asarray(self.pairs)[0]), float(_SHARES[1]))

    def scale(self):
        """Return the factor on features that gives those of different people a mean squared difference of 1."""
        self._check()
        return float(np.asarray(self.feature_scale)[0])

    def _check(self):
        if not np.asarray(self.pairs)[0]:
            raise UserError(
                "The identity network was never calibrated: train it to the end on a set with a validation split, or "
                "call calibrate(images, columns) with held-out people."
            )
