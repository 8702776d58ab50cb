"""The networks and losses of the preset `utkface_64` of PFA-GAN in PyTorch, as a careful user writes them."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from keras_facegan import presets

WINDOW, SIGMA, C1, C2 = 11, 1.5, 0.01**2, 0.03**2


def settings(preset):
    """Return the `[model]` table of a preset of `pfa_gan`."""
    return presets.read_preset("pfa_gan", preset)["model"]


class Blur(nn.Module):
    """[1, 2, 1] / 4 along height and width, the border repeated."""

    def forward(self, x):
        x = functional.pad(x, (1, 1, 1, 1), mode="replicate")
        return functional.avg_pool2d(functional.avg_pool2d(x, 2, 1), 2, 1)


def _normalised(channels):
    return [nn.InstanceNorm2d(channels), nn.LeakyReLU(0.2, True)]


class Block(nn.Module):
    """Two convolutions and what goes past them."""

    def __init__(self, channels):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            *_normalised(channels),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x):
        return functional.leaky_relu(x + self.layers(x), 0.2)


def step_of_the_chain(settings):
    """What ageing by one group adds to a picture."""
    width, kernel = settings["filters"], settings["kernel_size"]
    blur = [Blur()] if settings["smooth"] else []
    return nn.Sequential(
        nn.Conv2d(3, width, kernel, padding=kernel // 2),
        *_normalised(width),
        nn.Conv2d(width, 2 * width, 4, 2, 1),
        *_normalised(2 * width),
        nn.Conv2d(2 * width, 4 * width, 4, 2, 1),
        *_normalised(4 * width),
        *(Block(4 * width) for _ in range(settings["blocks"])),
        nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1),
        *blur,
        *_normalised(2 * width),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1),
        *_normalised(width),
        nn.Conv2d(width, 3, kernel, padding=kernel // 2),
        *blur,
    )


class Chain(nn.Module):
    """The generator: steps between groups, computed for the faces that need them (`gathered`) or for all."""

    def __init__(self, settings, groups, gathered):
        super().__init__()
        self.steps = nn.ModuleList(step_of_the_chain(settings) for _ in range(groups - 1))
        self.gathered = gathered

    def forward(self, x, source, target):
        for position, step in enumerate(self.steps):
            gate = (source <= position) & (position < target)
            if not self.gathered:
                x = x + gate[:, None, None, None].float() * step(x).float()
            elif gate.any():
                places = gate.nonzero()[:, 0]
                x = x.index_add(0, places, step(x[places]).float())
        return x


class Discriminator(nn.Module):
    """A map of logits of patches; the group enters behind the first layer."""

    def __init__(self, settings, groups):
        super().__init__()
        width, self.groups = settings["critic_filters"], groups
        self.first = nn.Sequential(nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2, True))
        layers, channels = [], width + groups
        depth = settings["image_shape"][0].bit_length() - 5
        for n in range(1, depth + 1):
            filters = width * min(2**n, 8)
            layers += [
                spectral_norm(nn.Conv2d(channels, filters, 4, 2 if n < depth else 1, 1)),
                nn.LeakyReLU(0.2, True),
            ]
            channels = filters
        self.rest = nn.Sequential(*layers, nn.Conv2d(channels, 1, 4, 1, 1))

    def forward(self, image, group):
        x = self.first(image)
        maps = functional.one_hot(group, self.groups)[:, :, None, None].to(x.dtype).expand(-1, -1, *x.shape[2:])
        return self.rest(torch.cat([x, maps], 1).contiguous(memory_format=torch.channels_last))


class Judge(nn.Module):
    """`age_estimator/utkface_64`: expected age and logits of groups."""

    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for filters in (32, 64, 128, 256):
            layers += [nn.Conv2d(channels, filters, 4, 2, 1), nn.BatchNorm2d(filters), nn.ReLU(True)]
            channels = filters
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.ages, self.groups = nn.Linear(16 * channels, 101), nn.Linear(101, 4)

    def forward(self, image):
        logits = self.ages(self.features(image))
        return logits.float().softmax(1) @ torch.arange(101.0), self.groups(logits)


class Features(nn.Module):
    """`facenet/celeba_96` up to its second stage."""

    def __init__(self, width=24):
        super().__init__()
        self.first = nn.Conv2d(3, width, 4, 2, 1, bias=False)
        self.stage1 = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1, bias=False),
        )  # fmt: skip
        self.stage2 = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width), nn.ReLU(), nn.Conv2d(2 * width, 2 * width, 3, 1, 1, bias=False),
        )  # fmt: skip
        self.past = nn.Conv2d(width, 2 * width, 1, bias=False)

    def forward(self, image):
        x = functional.interpolate(image, size=(96, 96), mode="bilinear", align_corners=False)
        x = functional.avg_pool2d(self.first(x), 2)
        x = x + self.stage1(x)
        return self.past(functional.avg_pool2d(x, 2)) + self.stage2(x)


def _filter(side):
    window = np.exp(-0.5 * ((np.arange(WINDOW) - WINDOW // 2) / SIGMA) ** 2)
    weights = np.zeros((side - WINDOW + 1, side), "float32")
    for row in range(len(weights)):
        weights[row, row : row + WINDOW] = window / window.sum()
    return torch.from_numpy(weights)


def ssim(a, b):
    """Structural similarity (B,) of pictures (B, C, H, W) in [-1, 1], by matrix products too, which are the fastest."""
    weights = _filter(a.shape[-1])
    a, b = (0.5 * each.float() + 0.5 for each in (a, b))
    moments = torch.cat([a, b, a * a, b * b, a * b]).contiguous()
    mean_a, mean_b, aa, bb, ab = (weights @ moments @ weights.T).chunk(5)
    luminance = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    structure = (2 * (ab - mean_a * mean_b) + C2) / (aa - mean_a**2 + bb - mean_b**2 + C2)
    return (luminance * structure).mean((1, 2, 3))
