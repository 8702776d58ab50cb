"""From a set's name to batches: open the examples, then draw, convert and augment them step by step."""

import dataclasses
import math
import os
import sys

import numpy as np
import tensorflow as tf

from keras_facegan.data import images as image_tools
from keras_facegan.data.augment import make_augmentation, parse_augment
from keras_facegan.data.cache import decoded
from keras_facegan.data.check import known_bad
from keras_facegan.data.domains import FORMS, check_domains, with_domains
from keras_facegan.data.options import check_options, resolve
from keras_facegan.data.sampling import make_sampler, parse_sampler
from keras_facegan.errors import TooFewPicturesError, UserError
from keras_facegan.registry import DATASETS

# Half of the cores: the other half trains. The order and content of elements do not depend on it.
PARALLEL_CALLS = min(8, max(2, os.cpu_count() // 2))
PREFETCHED_STEPS = 2


@dataclasses.dataclass(frozen=True)
class Examples:
    """The examples of one split, decoded: what batches are drawn from.

    Args:
        name: Name of the set.
        images: uint8 (N, H, W, C), memory-mapped.
        columns: Labels by name, see `Source`; a set with `label` also has `labelled` bool.
        keys: One name per example.
        class_names: What the values of `label` stand for; empty without classes.
        stamp: Hash of the keys and sizes of the files, by which a run knows its pictures again.
    """

    name: str
    images: np.ndarray
    columns: dict[str, np.ndarray]
    keys: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    stamp: str = ""

    def __len__(self):
        return len(self.images)

    @property
    def keys_available(self):
        """Names of what an element of `batches` holds."""
        return ("image", "index", *self.columns)

    def labelled_keys(self, sampler):
        """Return the names of the examples whose labels a sampler shows, in order.

        Args:
            sampler: As for `batches`, such as "labelled:100".
        """
        _, columns = make_sampler(sampler, self.columns, len(self), 1, 0)
        return tuple(key for key, shown in zip(self.keys, columns["labelled"], strict=True) if shown)

    def batches(self, batch_size, *, seed=0, start_step=0, sampler="uniform", augment=(), shard=(0, 1), cut=1):
        """Return the endless training batches, each a function of (these arguments, step) and of nothing else.

        Starting at `start_step=k` gives exactly the elements k, k+1, ... of an unbroken iteration. Copying to a GPU is
        left to `fit`: prefetching to one device would work against `tf.distribute`.

        Args:
            batch_size: Examples per step, over all shards.
            seed: Non-negative int.
            start_step: Number of the first step.
            sampler: "uniform", "balanced:age", "identities:8x4", "labelled:100"; see `sampling.make_sampler`.
            augment: "flip", "translate", "colour": a sequence or joined with "+"; see `augment.make_augmentation`.
            shard: `(i, n)` gives the i-th of n equal parts of every batch; together they are the whole batch.
            cut: Batches that a step cuts its examples into, each of which is parted.

        Returns:
            `tf.data.Dataset` of dicts: `image` float32 (B, H, W, C) in [-1, 1], `index` int64 (B,) and the columns. Its
            attribute `steps_per_epoch` is the number of steps in which every example comes once.

        Raises:
            UserError: Unknown names, or fewer examples than a batch holds.
        """
        part = _part(batch_size, shard, cut)
        if len(self) < batch_size:
            raise UserError(
                f"Too few pictures: {len(self):,} in `{self.name}` for batch_size {batch_size}. "
                "Lower train.batch_size, or give more pictures."
            )
        indices_of, columns = make_sampler(sampler, self.columns, len(self), batch_size, seed)
        augmented = make_augmentation(augment, batch_size, part, seed)

        def gather(step):
            indices = indices_of(int(step))
            indices = indices if part is None else indices[part]
            return indices, self.images[indices], *(values[indices] for values in columns.values())

        types = [tf.int64, tf.uint8, *(tf.as_dtype(values.dtype) for values in columns.values())]
        shapes = [(), self.images.shape[1:], *(values.shape[1:] for values in columns.values())]

        def element(step):
            arrays = tf.numpy_function(gather, [step], types, stateful=False)
            arrays = [tf.ensure_shape(a, (batch_size // shard[1], *s)) for a, s in zip(arrays, shapes, strict=True)]
            index, image, *labels = arrays
            image = augmented(image_tools.to_float(image), step)
            return {"image": image, "index": index, **dict(zip(columns, labels, strict=True))}

        steps = tf.data.Dataset.counter(start=start_step)
        batches = steps.map(element, num_parallel_calls=PARALLEL_CALLS, deterministic=True)
        options = tf.data.Options()
        # The autotuner sleeps in doubling periods, and closing an iterator waits for it.
        options.autotune.enabled = False
        batches = batches.prefetch(PREFETCHED_STEPS).with_options(options)
        batches.steps_per_epoch = math.ceil(len(self) / batch_size)
        return batches


def open_dataset(name, split="train", *, image_shape, data_dir=None, skip_bad=False, reads=(), domains="", **options):
    """Open a split of a set; its pictures are decoded on the first call and read from the cache afterwards.

    Args:
        name: Registered name ("cats").
        split: "train", "validation", "test", several joined with "+", or "all".
        image_shape: `(side, side, 1 or 3)`; pictures are cropped to their centre square and resized.
        data_dir: Folder of the set, or of several sets.
        skip_bad: Leave unreadable pictures out instead of raising, and those that `facegan data check` named.
        reads: Names that an element must hold, such as "age".
        domains: What splits the set into the domains A and B of the column `domain`: "Eyeglasses", "label:3/8"; see
            `domains.with_domains`. "" for a set that has them, or needs none.
        **options: What the set's builder takes, see `dataset_options`.

    Returns:
        `Examples`.

    Raises:
        UserError: Unknown names or options, before any file is read; names in `reads` that the set lacks, before any
            picture is decoded.
        DataError: Missing or unreadable files.
    """
    image_shape = image_tools.check_image_shape(image_shape)
    check_options(name, options)
    registered, fixed = resolve(name)
    source = DATASETS.create(registered, data_dir=data_dir, split=split, **fixed, **options)
    source = with_domains(source, domains) if domains else source
    options |= {"domains": domains} if domains else {}
    has = ("image", "index", *source.columns, *(("labelled",) if "label" in source.columns else ()))
    for key in reads:
        if key not in has:
            others = [each for each in DATASETS.names() if key in DATASETS.entry(each).about.get("columns", ())]
            hint = f" Data sets with `{key}`: {', '.join(others)}." if others else ""
            if registered in others:
                hint = f" It has `{key}` where the list or the folders are there that tell it."
            if key == "domain":
                hint += f" Or set data.domains: {FORMS}."
            raise UserError(f"The model reads `{key}`, which `{name}` does not have: it has {', '.join(has)}.{hint}")
    if "domain" in source.columns:
        check_domains(source, domains)
    if skip_bad and source.root:
        source = _without_known_bad(source)
    part = ", ".join([split, *(f"{option}={value}" for option, value in sorted(options.items()))])
    images, kept = decoded(source, image_shape, skip_bad, part) if len(source) else ((), ())
    if not len(images):
        raise TooFewPicturesError(
            f"The split `{split}` of `{name}` holds no pictures. Set data.split to another, or to `all`."
        )
    source = source.take(kept)
    columns = dict(source.columns)
    if "label" in columns:
        columns.setdefault("labelled", np.ones(len(source), dtype=bool))
    return Examples(name, images, columns, source.keys, source.class_names, source.stamp())


def open_table(table, split=None, **settings):
    """Open the set that a `[data]` table of a recipe names.

    Args:
        table: `dataset`, `split`, options of the set, and what only training reads.
        split: In place of the table's.
        **settings: What else `open_dataset` takes.

    Returns:
        `Examples`.

    Raises:
        UserError: As `open_dataset`.
    """
    options = {key: value for key, value in table.items() if key not in ("dataset", "split", "sampler", "augment")}
    return open_dataset(table["dataset"], split or table.get("split", "train"), **settings, **options)


def load_dataset(
    name,
    split="train",
    *,
    image_shape,
    batch_size,
    seed=0,
    start_step=0,
    sampler="uniform",
    augment=(),
    data_dir=None,
    skip_bad=False,
    **options,
):
    """Open a split of a set and return its batches: `open_dataset`, then `Examples.batches`.

    Args:
        name: Registered name ("cats").
        split: "train", "validation", "test", several joined with "+", or "all".
        image_shape: `(side, side, 1 or 3)`; pictures are cropped to their centre square and resized.
        batch_size: Examples per step.
        seed: Non-negative int; the same seed gives the same batches.
        start_step: Number of the first step.
        sampler: "uniform", "balanced:age", "identities:8x4", "labelled:100"; see `sampling.make_sampler`.
        augment: "flip", "translate", "colour": a sequence or joined with "+"; see `augment.make_augmentation`.
        data_dir: Folder of the set, or of several sets.
        skip_bad: Leave unreadable pictures out instead of raising, and those that `facegan data check` named.
        **options: `domains` of `open_dataset`, and what the set's builder takes, see `dataset_options`.

    Returns:
        Endless `tf.data.Dataset` of dicts: `image` float32 (B, H, W, C) in [-1, 1], `index` int64 (B,) and the labels.
        `fit` ends an epoch after its `steps_per_epoch`, when every example came once.

    Raises:
        UserError: Unknown names or options, before any file is read; fewer examples than a batch holds.
        DataError: Missing or unreadable files.
    """
    parse_sampler(sampler)
    parse_augment(augment)
    examples = open_dataset(name, split, image_shape=image_shape, data_dir=data_dir, skip_bad=skip_bad, **options)
    return examples.batches(batch_size, seed=seed, start_step=start_step, sampler=sampler, augment=augment)


def _without_known_bad(source):
    """Leave out what `facegan data check` has found, duplicates among it."""
    bad = known_bad(source.root, source.keys)
    if bad:
        print(f"{source.name}: {len(bad):,} pictures that `facegan data check` named are left out.", file=sys.stderr)
    return source.take([key not in bad for key in source.keys])


def _part(batch_size, shard, cut):
    """Return the places in a step's examples that belong to `shard = (i, n)`, or None for all of them."""
    number, count = shard
    if batch_size % (cut * count):
        raise UserError(f"batch_size {batch_size // cut} cannot be divided among {count} replicas.")
    return None if count == 1 else np.arange(batch_size).reshape(cut, count, -1)[:, number].ravel()
