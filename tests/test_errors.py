"""What is said of a misspelt name."""

import os

from keras_facegan.errors import DataError, UserError, did_you_mean, escaped, printable


def test_near_names_are_suggested_and_far_ones_listed():
    assert did_you_mean("dcgam", ["dcgan", "lsgan"]) == " Did you mean `dcgan`?"
    assert did_you_mean("lcgan", ["dcgan", "lsgan"]) == " Did you mean `lsgan` or `dcgan`?"
    assert did_you_mean("xyz", ["b", "a"]) == " Available: `a`, `b`."
    assert did_you_mean("xyz", []) == ""
    assert did_you_mean(5, [64, 32]) == " Available: `32`, `64`."


def test_errors_are_value_errors():
    assert issubclass(DataError, UserError) and issubclass(UserError, ValueError)


def test_what_steers_a_terminal_is_shown_not_done():
    assert str(UserError("\x1b[2J\ta\r\nb\x00")) == r"\x1b[2J\ta\nb\x00"
    assert str(UserError("Ä 日本")) == "Ä 日本"


def test_names_in_another_encoding_are_shown_by_their_bytes():
    name = os.fsdecode(b"caf\xc3\xa9\xff [old]\n.jpg")
    assert printable(name) == r"café\xff [old]\n.jpg" == str(UserError(printable(name)))
    assert str(UserError(f"{name}: no")) == r"café\xff [old]\n.jpg: no"
    assert printable("\ud800") == r"\ud800"
    assert escaped("é\udcff") == r"\xe9\xff" and escaped("日") == r"\u65e5"
