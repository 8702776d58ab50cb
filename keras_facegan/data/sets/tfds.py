"""Any picture set of TensorFlow Datasets, as `tfds:mnist`, `tfds:celeb_a`, `tfds:cifar10`, `tfds:svhn_cropped`."""

import contextlib
import hashlib
import sys
import threading

import numpy as np

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.sources import SPLITS, Source, parse_split
from keras_facegan.errors import DataError, UserError, did_you_mean
from keras_facegan.registry import DATASETS

# Addresses of files that a message lists.
LISTED = 6
# Of other sets nobody here knows what they show.
_EXTRACTORS = {"mnist": "digit_net/mnist_28", "celeb_a": "facenet/celeba_96", "lfw": "facenet/celeba_96"}


@DATASETS.register("tfds", about={"extractor": _EXTRACTORS})
def tfds(dataset, data_dir=None, split="train"):
    """A set of TensorFlow Datasets with `label` or CelebA's `attributes` where it has them.

    A set that is not prepared yet is downloaded after saying so; files that were put by hand where TensorFlow Datasets
    looks for them are taken. One without a validation split gives the last tenth of its training split.

    Args:
        dataset: Its name there; written behind the colon of `tfds:mnist`.
        data_dir: Folder of prepared sets; TensorFlow Datasets' own by default.
        split: "train", "validation", "test", several joined with "+", or "all" that it has.
    """
    import tensorflow_datasets

    builder = _builder(dataset, data_dir)
    features = dict(builder.info.features.items())
    if "image" not in features:
        raise DataError(f"`tfds:{dataset}` has no `image`, only {', '.join(features)}.")
    kinds = tensorflow_datasets.features
    has_label = isinstance(features.get("label"), kinds.ClassLabel)
    attributes = features.get("attributes")
    has_attributes = isinstance(attributes, kinds.FeaturesDict) and set(CELEBA_ATTRIBUTES) <= set(attributes.keys())
    stream = builder.as_dataset(
        split=_split_of(builder, split),
        shuffle_files=False,
        decoders={"image": tensorflow_datasets.decode.SkipDecoding()},
        read_config=tensorflow_datasets.ReadConfig(add_tfds_id=True, interleave_cycle_length=1, try_autocache=False),
    )
    keys, labels, rows, stamp = [], [], [], hashlib.sha256(builder.info.full_name.encode())
    for example in stream.as_numpy_iterator():
        keys.append(example["tfds_id"].decode())
        stamp.update(f"{len(example['image'])} ".encode())
        if has_label:
            labels.append(example["label"])
        if has_attributes:
            rows.append([example["attributes"][name] for name in CELEBA_ATTRIBUTES])
    columns = {"label": np.array(labels, dtype="int32")} if has_label else {}
    if has_attributes:
        columns["attributes"] = np.array(rows, dtype="float32")
    pictures = _Pictures(stream)
    return Source(
        name=f"tfds:{dataset}",
        keys=tuple(keys),
        columns=columns,
        read=lambda index, size: pictures(index),
        fingerprint=stamp.hexdigest(),
        class_names=tuple(features["label"].names) if has_label else (),
    )


class _Pictures:
    """Pictures of a stream by number: going on is cheap, going back starts the stream again.

    Args:
        stream: `tf.data.Dataset` of examples with encoded pictures.
    """

    def __init__(self, stream):
        self._stream = stream
        self._lock = threading.Lock()
        self._waiting = {}
        self._restart()

    def __call__(self, index):
        """Return picture number `index`, uint8 (H, W, 3)."""
        from keras_facegan.data.images import decode

        with self._lock:
            encoded = self._encoded(index)
        return decode(encoded)

    def _encoded(self, index):
        # Threads ask nearly in order: keep what one has overtaken for the one that comes late.
        if index < self._next and index not in self._waiting:
            self._restart()
        while index not in self._waiting:
            self._waiting[self._next] = next(self._iterator)["image"]
            self._next += 1
        return self._waiting.pop(index)

    def _restart(self):
        self._iterator, self._next = self._stream.as_numpy_iterator(), 0
        self._waiting.clear()


def _builder(dataset, data_dir):
    """Return the prepared builder of `dataset`."""
    import tensorflow_datasets

    try:
        builder = tensorflow_datasets.builder(dataset, data_dir=data_dir)
    except tensorflow_datasets.core.DatasetNotFoundError as error:
        near = did_you_mean(dataset, tensorflow_datasets.list_builders())
        raise UserError(f"`{dataset}` is not a set of TensorFlow Datasets.{near}") from error
    if not builder.is_prepared():
        size = builder.info.download_size
        print(f"tfds:{dataset} is not prepared in {builder.data_dir}: downloading {size}.", file=sys.stderr)
        try:
            builder.download_and_prepare()
        except Exception as error:
            # Every set has code of its own: a server, a disk, a package or the content of a file may be the reason.
            raise DataError(_by_hand(dataset, builder, error)) from error
    return builder


def _by_hand(dataset, builder, error):
    """Return why a set was not downloaded, and where its files may be put by hand."""
    reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    root = str(builder.data_dir).removesuffix(builder.info.full_name)
    with contextlib.suppress(ImportError):
        addresses = sorted(builder.url_infos)
        files = ", ".join(addresses[:LISTED]) + (" ..." if len(addresses) > LISTED else "")
        return (
            f"`tfds:{dataset}` cannot be downloaded ({reason}). Without a network, put what another computer downloads "
            f"({files}) into {root}downloads/manual, or copy a set that it prepared to {builder.data_dir}."
        )
    return f"`tfds:{dataset}` cannot be downloaded ({reason}): install what it needs."


def _split_of(builder, split):
    """Return TensorFlow Datasets' words for "train", "train+validation", "all"."""
    # What nobody knows yet is looked for.
    there = list(builder.info.splits) or ["train", "test"]
    words = {name: name for name in SPLITS if name in there}
    if "train" in there and "validation" not in there:
        words |= {"train": "train[:90%]", "validation": "train[90%:]"}
    names = [name for name in parse_split(split) if split != "all" or name in words]
    for name in names:
        if name not in words:
            raise UserError(f"`tfds:{builder.name}` has no {name} split, only {', '.join(there)}.")
    return "+".join(words[name] for name in names)
