"""One training loop of PFA-GAN in a process of its own: python -m benchmarks.ageing_contenders ours float32 2

All are the preset `utkface_64` on batches of 16 faces, four of each age group: its networks (913,545 and 171,745
trained parameters), frozen helpers, losses, Adams and moving average. The process answers as `benchmarks.contenders`.
"""

import sys

import numpy as np

from benchmarks.contenders import a_step, clocks, fitted, serve, start_tensorflow

PRESET = "utkface_64"
BATCH, SIDE = 16, 64
AGES = np.tile(np.array([22, 35, 45, 60], "float32"), BATCH // 4)
GROUP_AGES = (23.8, 35.4, 45.4, 63.5)


def pictures():
    """Return noise float32 (16, 64, 64, 3) in [-1, 1]."""
    return np.random.default_rng(0).uniform(-1.0, 1.0, (BATCH, SIDE, SIDE, 3)).astype("float32")


def ours(precision, threads):
    """The zoo's `pfa_gan` through `fit`."""
    start_tensorflow(threads)
    from keras_facegan import recipe, run

    mixed = "off" if precision == "float32" else precision
    model = run.build(recipe.resolve("pfa_gan", PRESET, [("train.mixed_precision", mixed)]))
    model.group_ages.means.assign(GROUP_AGES)
    return fitted(model, {"image": pictures(), "age": AGES})


def pytorch(precision, threads):
    """PyTorch eager, channels_last, `torch.autocast` in bfloat16; a face goes through the steps that it needs only."""
    return _pytorch(precision, threads, gathered=True)


def pytorch_all_gates(precision, threads):
    """The same as the paper's code has it: every face goes through every step, times a gate of 0 or 1."""
    return _pytorch(precision, threads, gathered=False)


def _pytorch(precision, threads, gathered):
    import torch
    from torch.nn import functional

    from benchmarks import ageing_torch

    torch.set_num_threads(threads)
    settings = ageing_torch.settings(PRESET)
    groups = len(GROUP_AGES)
    generator = ageing_torch.Chain(settings, groups, gathered)
    average = ageing_torch.Chain(settings, groups, gathered).requires_grad_(False)
    discriminator = ageing_torch.Discriminator(settings, groups)
    judge, features = (each().eval().requires_grad_(False) for each in (ageing_torch.Judge, ageing_torch.Features))
    for network in (generator, average, discriminator, judge, features):
        network.to(memory_format=torch.channels_last)
    g_optimizer = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.99))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), 4e-4, (0.5, 0.99))
    image = torch.from_numpy(pictures()).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    source = torch.bucketize(torch.from_numpy(AGES), torch.tensor([30.0, 40.0, 50.0]))
    means = torch.tensor(GROUP_AGES)
    weight = (source < groups - 1).float()
    weight = weight / weight.sum()

    def autocast():
        return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")

    def energy(x):
        return x.float().square().mean((1, 2, 3))

    def step():
        left = groups - 1 - source
        target = torch.minimum(source + 1 + (torch.rand(BATCH) * left).long(), torch.tensor(groups - 1))
        discriminator.requires_grad_(True)
        d_optimizer.zero_grad()
        with autocast():
            with torch.no_grad():
                fake = generator(image, source, target)
            real_logits, fake_logits = discriminator(image, source), discriminator(fake, target)
        d_loss = 0.5 * energy(real_logits.float() - 1).mean() + 0.5 * (weight * energy(fake_logits)).sum()
        d_loss.backward()
        d_optimizer.step()
        discriminator.requires_grad_(False)
        g_optimizer.zero_grad()
        with autocast():
            aged = generator(image, source, target)
            shown = aged.clamp(-1, 1)
            logits, (age, group_logits) = discriminator(aged, target), judge(shown)
            change = features(shown).float() - features(image).float()
        terms = {
            "adversarial": 0.5 * energy(logits.float() - 1),
            "age": (age.float() - means[target]).square(),
            "group": functional.cross_entropy(group_logits.float(), target, reduction="none"),
            "pixel": (aged - image).abs().mean((1, 2, 3)),
            "ssim": 1 - ageing_torch.ssim(aged, image),
            "feature": energy(change),
        }
        terms = {name: (weight * values).sum() for name, values in terms.items()}
        share = settings["ssim_weight"]
        loss = settings["adversarial_weight"] * terms["adversarial"]
        loss = loss + settings["age_weight"] * (terms["age"] + terms["group"])
        identity = share * terms["ssim"] + settings["feature_weight"] * terms["feature"]
        loss = loss + settings["identity_weight"] * (identity + (1 - share) * terms["pixel"])
        loss.backward()
        g_optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(generator.parameters()), 1 - settings["ema_decay"])
        return d_loss.item(), loss.item(), {name: value.item() for name, value in terms.items()}

    def run(steps):
        start = clocks()
        for _ in range(steps):
            step()
        return a_step(start, clocks(), steps)

    return run


CONTENDERS = {each.__name__: each for each in (ours, pytorch, pytorch_all_gates)}


def main():
    """Serve the contender named on the command line."""
    name, precision, threads = sys.argv[1:]
    serve(lambda: CONTENDERS[name](precision, int(threads)))


if __name__ == "__main__":
    main()
