"""Pretrained weights by name: a zoo entry, its file checked by hash at every load, a model with the weights in it."""

import http.client
import os
import pathlib
import re
import urllib.error
import urllib.request

from keras_facegan import presets
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.files import flush, sha256
from keras_facegan.paths import cache_root, zoo_root

BLOCK = 1 << 20


def load_pretrained(name: str):
    """Load a model with trained weights.

    Args:
        name: "model/weights", such as "dcgan/cats_64"; `list_models(pretrained=True)` lists them.

    Returns:
        The `keras.Model`, ready for use: `.generate(16, seed=1)` of a GAN, for example.

    Raises:
        UserError: The name is unknown, the file cannot be had, or its SHA-256 is not the zoo's.
    """
    from keras_facegan.weights import load_inference_weights

    model_name, card = weights_card(name)
    path = weights_file(name)
    model = presets.create_model(model_name, preset=card.get("preset", name.split("/")[1]))
    load_inference_weights(model, path)
    return model


def weights_card(name):
    """Return (model name, card) of "model/weights"; the card is its `[weights.*]` table of the zoo."""
    model, slash, weights = name.partition("/")
    known = presets.list_models(pretrained=True)
    if not slash or name not in known:
        if model in presets.list_models() and weights in (renamed := presets.zoo_file(model).get("renamed", {})):
            raise UserError(f"`{name}` is called `{renamed[weights]}` now.")
        message = (
            f"`{name}` is not the name of pretrained weights.{did_you_mean(name, known, ' `facegan list` shows them.')}"
        )
        if model in presets.list_models() and weights in presets.preset_names(model):
            message += f" `train.py --model {model} --preset {weights}` trains them; its run directory will do as well."
        raise UserError(message)
    card = presets.zoo_file(model)["weights"][weights]
    if problem := _card_problem(card):
        raise UserError(f"The card [weights.{weights}] in {zoo_root() / model}.toml {problem}.")
    return model, card


def _card_problem(card):
    """Return what is wrong with a card of weights, else None."""
    if not isinstance(card, dict):
        return "must be a table"
    if not re.fullmatch("[0-9a-f]{64}", str(card.get("sha256"))):
        return "needs `sha256`, 64 hexadecimal digits in lower case"
    if "file" in card:
        place = pathlib.PurePath(str(card["file"]))
        return "must name a `file` inside the zoo" if place.is_absolute() or ".." in place.parts else None
    if not re.match("https?://.", str(card.get("url"))):
        return "needs a `file`, or a `url` that begins with https:// or http://"
    size = card.get("bytes")
    if type(size) is not int or size < 1:
        return "needs `bytes`, the size of the file as a whole number above 0"
    return None


def weights_file(name):
    """Return the path of a weights file whose bytes have the zoo's SHA-256, downloading it if it has a URL.

    A file that comes with the zoo is read where it is; a download is resumed if it was cut, and enters the cache
    under its name only when its hash is right.
    """
    _, card = weights_card(name)
    if "file" in card:
        path = pathlib.Path(card.get("zoo", zoo_root())) / card["file"]
        way_out = "publish it again" if "zoo" in card else "install keras_facegan again"
        if not path.is_file():
            raise UserError(f"{path} of `{name}` is missing; {way_out}.")
        if sha256(path) != card["sha256"]:
            raise UserError(f"{path} is damaged: its SHA-256 is not the zoo's for `{name}`; {way_out}.")
        return path
    path = cache_root() / "weights" / f"{card['sha256']}.weights.h5"
    if path.is_file():
        if sha256(path) == card["sha256"]:
            return path
        # A damaged file must not stay under the name that says it is sound.
        path.unlink()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{path.parent} cannot be made: {error.strerror}. Set KERAS_FACEGAN_CACHE to a folder that can be written."
        ) from None
    _download(name, card, path)
    return path


def _download(name, card, path):
    """Fetch a URL into `path`, going on where an earlier attempt was cut."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        is_complete = _fetch(card, partial)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
        # A reply that is not HTTP is part of the message, up to 64 KB of it.
        raise UserError(
            f"`{name}` cannot be downloaded from {card['url']}: {str(reason)[:200]}. "
            f"The part that came is kept; try again, or put the file at {path} yourself."
        ) from None
    size = partial.stat().st_size
    if size < card["bytes"] and not is_complete:
        raise UserError(f"The download of `{name}` was cut; try again to go on where it stopped.")
    if size != card["bytes"] or sha256(partial) != card["sha256"]:
        partial.unlink()
        problem = "a wrong SHA-256" if size >= card["bytes"] else f"{size:,} bytes instead of {card['bytes']:,}"
        raise UserError(f"The download of `{name}` from {card['url']} has {problem} and was thrown away.")
    os.replace(partial, path)


def _fetch(card, partial):
    """Add to a file what its URL still has to give; return whether that was all the server has."""
    begun = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(card["url"], headers={"Range": f"bytes={begun}-"} if begun else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            announced, received = answer.headers["Content-Length"], 0
            with partial.open("ab" if begun and answer.status == 206 else "wb") as file:
                # What comes is written at once: an answer cut in the middle of a block raises.
                while block := answer.read1(BLOCK):
                    received += file.write(block)
                    if file.tell() > card["bytes"]:
                        break
                flush(file)
            # Answers in chunks announce no size, and raise where they are cut.
            return announced is None or received >= int(announced)
    except urllib.error.HTTPError as error:
        # 416: there is nothing beyond what came earlier.
        if error.code != 416 or not begun:
            raise
        return True
