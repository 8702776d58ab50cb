"""Take the noise off pictures: the nearest that a generator can draw has none.

usage: facegan denoise dcgan/cats_64 noisy.png [--out clean.png]
       facegan denoise dcgan/cats_64 clean.png --add_noise 0.3
       facegan denoise dcgan/mnist_32 noisy/ --loss l1

With --add_noise the photos are taken for clean ones, and the gain over their noisy copies is printed in dB. A search
that was stopped goes on by the same command.
"""

import numpy as np
from absl import flags

from keras_facegan.cli import _latents


def _flags():
    values = _latents.search_flags(__doc__, "l2")
    scale = "from 0 to 1, on the scale of pixels in [-1, 1]"
    bounds = {"lower_bound": 0.0, "upper_bound": 1.0, "flag_values": values}
    flags.DEFINE_float(
        "add_noise", 0.0, f"Standard deviation of noise that spoils the photos first, {scale}.", **bounds
    )
    flags.DEFINE_float("literal_fresh_noise", 0.0, f"That of noise drawn at every step, {scale}.", **bounds)
    return values


def main(argv):
    """Check the flags, denoise the photos, save the results."""
    given = _flags()
    job = _latents.parse(given, argv, "denoised")
    model = job.load_model()
    from keras_facegan.latent.denoising import add_noise, denoise
    from keras_facegan.metrics.signal_to_noise import psnr

    photos = job.read_photos(model)
    # A picture file holds no values beyond its range.
    noisy = np.clip(add_noise(photos, given.add_noise, given.seed), -1.0, 1.0) if given.add_noise else photos
    fresh = given.literal_fresh_noise
    found = denoise(model, noisy, literal_fresh_noise=fresh, **job.searching("Denoising", model))
    job.save_results(found, {"photo": photos, "with noise": noisy} if given.add_noise else {"noisy photo": noisy})
    texts = [""] * len(photos)
    if given.add_noise:
        before, after = psnr(noisy, photos), psnr(found.images, photos)
        texts = [
            f"PSNR {noisy_ratio:.1f} dB noisy, {ratio:.1f} dB denoised: gain {ratio - noisy_ratio:+.1f} dB"
            for noisy_ratio, ratio in zip(before, after, strict=True)
        ]
    _latents.report(job, found, texts)
    return 0
