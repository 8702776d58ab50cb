"""Find the latents of pictures: the nearest that a generator can draw.

usage: facegan invert dcgan/mnist_32 photo.png [--out result.png]
       facegan invert dcgan/cats_64 photos/ --steps 1000 --restarts 8 --loss l1
       facegan invert cgan/mnist_32 digit.png --label 3
       facegan invert --run runs/dcgan-default photo.png --curves losses.png

The best picture is saved alone, and beside it a strip of the photo, pictures on the way, and the best one. A search
that was stopped goes on by the same command.
"""

from keras_facegan.cli import _latents


def main(argv):
    """Check the flags, invert the photos, save the results."""
    job = _latents.parse(_latents.search_flags(__doc__, "l2"), argv, "inverted")
    model = job.load_model()
    from keras_facegan.latent.inversion import invert

    photos = job.read_photos(model)
    found = invert(model, photos, **job.searching("Inverting", model))
    job.save_results(found, {"photo": photos})
    _latents.report(job, found, _latents.likeness(found.images, photos))
    return 0
