"""Classical ways to restore pictures: every one takes spoilt pictures in [-1, 1] and returns restored ones.

Non-local means, Wiener's filter and biharmonic filling are those of scikit-image (extra `restoration`), the median that
of SciPy, bicubic enlarging that of Pillow. ADMM is written here.
"""

import itertools
from collections.abc import Callable, Iterable

import numpy as np
from PIL import Image
from scipy import ndimage

from keras_facegan.errors import UserError
from keras_facegan.metrics.signal_to_noise import psnr


def nearest(images: np.ndarray, scale: int) -> np.ndarray:
    """Enlarge pictures by repeating every pixel.

    Args:
        images: float32 (n, H, W, C) in [-1, 1].
        scale: How many times larger the side becomes.

    Returns:
        float32 (n, scale * H, scale * W, C).
    """
    return images.repeat(scale, axis=1).repeat(scale, axis=2)


def bicubic(images: np.ndarray, scale: int) -> np.ndarray:
    """Enlarge pictures by cubic interpolation (Keys 1981, a = -0.5).

    Args:
        images: float32 (n, H, W, C) in [-1, 1].
        scale: How many times larger the side becomes.

    Returns:
        float32 (n, scale * H, scale * W, C) in [-1, 1].
    """
    height, width = images.shape[1:3]

    def enlarged(plane):
        picture = Image.fromarray(np.ascontiguousarray(plane, "float32"))
        return np.asarray(picture.resize((scale * width, scale * height), Image.Resampling.BICUBIC))

    return np.clip(_per_channel(enlarged, images), -1.0, 1.0)


def median(images: np.ndarray, size: int = 3) -> np.ndarray:
    """Take the median of every pixel's neighbours in its own channel.

    Args:
        images: float32 (n, H, W, C) in [-1, 1].
        size: Side of the window in pixels, odd.

    Returns:
        float32 of the shape of `images`.
    """
    return ndimage.median_filter(images, (1, size, size, 1), mode="mirror")


def non_local_means(
    images: np.ndarray, sigma: float, strength: float = 0.8, patch: int = 5, search: int = 11
) -> np.ndarray:
    """Average pixels whose patches look alike (Buades, Coll, Morel 2005).

    Args:
        images: float32 (n, H, W, C) in [-1, 1].
        sigma: Standard deviation of the noise on values in [0, 1].
        strength: Cut-off distance of patches, in units of `sigma`.
        patch: Side of a patch in pixels, odd.
        search: Side of the window that is searched, odd.

    Returns:
        float32 of the shape of `images`.

    Raises:
        UserError: scikit-image is not installed.
    """
    restoration = _scikit_image()
    settings = {"patch_size": patch, "patch_distance": search // 2, "h": strength * sigma, "sigma": sigma}
    pictures = [
        restoration.denoise_nl_means(picture, **settings, channel_axis=-1, fast_mode=True) for picture in _unit(images)
    ]
    return _signed(np.stack(pictures))


def local_mean_nlm(
    images: np.ndarray, sigma: float, strength: float = 0.8, patch: int = 5, search: int = 11
) -> np.ndarray:
    """Average pixels whose surroundings have the same mean: f(p, q) = exp(-|B(q) - B(p)|^2 / h^2), B a local mean.

    It is simpler than `non_local_means`, which compares patches pixel by pixel, and blurs more.

    Args:
        images: float32 (n, H, W, C) in [-1, 1].
        sigma: Standard deviation of the noise on values in [0, 1].
        strength: h in units of `sigma`.
        patch: Side of the surroundings in pixels, odd.
        search: Side of the window that is averaged over, odd.

    Returns:
        float32 of the shape of `images`.
    """
    values, reach = _unit(images), search // 2
    means = ndimage.uniform_filter(values, (1, patch, patch, 1), mode="mirror")
    around = [(0, 0), (reach, reach), (reach, reach), (0, 0)]
    wide_values, wide_means = (np.pad(each, around, mode="symmetric") for each in (values, means))
    height, width = values.shape[1:3]
    total, weights = np.zeros_like(values), np.zeros((*values.shape[:3], 1), values.dtype)
    for top, left in itertools.product(range(search), repeat=2):
        window = np.s_[:, top : top + height, left : left + width]
        distance = np.square(wide_means[window] - means).mean(axis=-1, keepdims=True)
        weight = np.exp(-distance / (strength * sigma) ** 2)
        total += weight * wide_values[window]
        weights += weight
    return _signed(total / weights)


def wiener(images: np.ndarray, kernel: np.ndarray, balance: float = 0.01) -> np.ndarray:
    """Undo a known blur: the spectrum times conj(H) / (|H|^2 + balance).

    Args:
        images: float32 (n, H, W, C) in [-1, 1], larger than the kernel.
        kernel: float32 (k, k), symmetric, of sum 1.
        balance: Power of the noise by that of the picture.

    Returns:
        float32 of the shape of `images`.

    Raises:
        UserError: The pictures are too small, or scikit-image is not installed.
    """
    _check_size(images, kernel)
    restoration, identity = _scikit_image(), np.ones((1, 1))

    def sharpened(plane):
        return restoration.wiener(_mirrored(plane), kernel, balance, identity, clip=False)[
            : len(plane), : plane.shape[1]
        ]

    return _signed(_per_channel(sharpened, _unit(images)))


def admm_tv(
    images: np.ndarray, kernel: np.ndarray, weight: float = 0.01, rho: float = 1.0, steps: int = 50
) -> np.ndarray:
    """Undo a known blur under the prior that pictures are smooth but for edges, by ADMM.

    Minimises 1/2 |H x - y|^2 + weight |D x|_1, D the differences to the right and downwards, on values in [0, 1]. The
    picture is mirrored, so that a symmetric blur is a product of spectra without any seam at the border.

    Args:
        images: float32 (n, H, W, C) in [-1, 1], larger than the kernel.
        kernel: float32 (k, k), symmetric, of sum 1; [[1]] removes noise alone.
        weight: Of the total variation.
        rho: Of the constraint z = D x.
        steps: Rounds.

    Returns:
        float32 of the shape of `images`.

    Raises:
        UserError: The pictures are too small.

    Reference:
        Boyd et al. 2011, Distributed optimization and statistical learning via ADMM, section 6.4.
    """
    _check_size(images, kernel)

    def sharpened(plane):
        return total_variation(_mirrored(plane), kernel, weight, rho, steps)[: len(plane), : plane.shape[1]]

    return _signed(_per_channel(sharpened, _unit(images)))


def total_variation(plane: np.ndarray, kernel: np.ndarray, weight: float, rho: float, steps: int) -> np.ndarray:
    """Return the solution of `admm_tv` for one periodic plane float (H, W)."""

    def differences(x):
        return np.stack([np.roll(x, -1, axis) - x for axis in (0, 1)])

    def adjoint(z):
        return sum(np.roll(z[axis], 1, axis) - z[axis] for axis in (0, 1))

    blur = _spectrum(kernel, plane.shape)
    # |D|^2 as a product of spectra: the five-point Laplacian.
    laplacian = _spectrum(np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]), plane.shape)
    denominator = np.abs(blur) ** 2 + rho * laplacian.real
    blurred = np.conj(blur) * np.fft.fft2(plane)
    z = np.zeros((2, *plane.shape))
    u = np.zeros_like(z)
    for _ in range(steps):
        x = np.fft.ifft2((blurred + rho * np.fft.fft2(adjoint(z - u))) / denominator).real
        gap = differences(x) + u
        z = np.sign(gap) * np.maximum(np.abs(gap) - weight / rho, 0.0)
        u = gap - z
    return x


def biharmonic(images: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fill holes by the smoothest surface through their border.

    Args:
        images: float32 (n, H, W, C) in [-1, 1].
        known: Bool or 0 and 1, (n, H, W), 0 in the holes.

    Returns:
        float32 of the shape of `images`.

    Raises:
        UserError: scikit-image is not installed.
    """
    from_edges = _scikit_image().inpaint_biharmonic
    pairs = zip(_unit(images), np.asarray(known) < 0.5, strict=True)
    return _signed(np.stack([from_edges(picture, missing, channel_axis=-1) for picture, missing in pairs]))


def best_settings(method: Callable, settings: Iterable[dict], spoilt: dict, images: np.ndarray) -> dict:
    """Return the settings by which a method has the highest mean PSNR on pictures that nothing is reported of.

    Args:
        method: Callable from `**spoilt` and settings to pictures.
        settings: Dicts to choose from.
        spoilt: Arguments of the method that hold the spoilt pictures.
        images: The true pictures, float32 (n, H, W, C) in [-1, 1].
    """
    return max(settings, key=lambda each: psnr(method(**spoilt, **each), images).mean())


def _scikit_image():
    """Return `skimage.restoration`."""
    try:
        from skimage import restoration
    except ImportError:
        raise UserError(
            "This baseline is scikit-image's, which is not installed: pip install keras_facegan[restoration]."
        ) from None
    return restoration


def _check_size(images, kernel):
    side, (height, width) = len(kernel), images.shape[1:3]
    if min(height, width) < side:
        raise UserError(
            f"A kernel of {side} x {side} pixels needs pictures of at least as many, got {width} x {height}."
        )


def _per_channel(fn, images):
    """Apply a function of planes (H, W) to every channel of every picture."""
    return np.stack(
        [np.stack([fn(picture[..., channel]) for channel in range(images.shape[-1])], axis=-1) for picture in images]
    )


def _mirrored(plane):
    """Return a plane (H, W) as one period (2H - 2, 2W - 2) of its reflections."""
    plane = np.concatenate([plane, plane[-2:0:-1]])
    return np.concatenate([plane, plane[:, -2:0:-1]], axis=1)


def _spectrum(kernel, shape):
    """Return the transfer function complex (H, W) of a kernel with odd sides, its middle at the origin."""
    wide = np.zeros(shape)
    wide[: kernel.shape[0], : kernel.shape[1]] = kernel
    return np.fft.fft2(np.roll(wide, [-(side // 2) for side in kernel.shape], axis=(0, 1)))


def _unit(images):
    return images * 0.5 + 0.5


def _signed(images):
    return np.clip(2.0 * images - 1.0, -1.0, 1.0).astype("float32")
