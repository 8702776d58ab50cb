import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from keras_facegan.data.cache import cache_key, decoded, entries
from keras_facegan.data.files import list_pictures
from keras_facegan.data.images import decode, prepare
from keras_facegan.data.sources import Source, picture_source
from keras_facegan.errors import DataError, UserError
from keras_facegan.files import UNFINISHED

SHAPE = (8, 8, 3)


def source_of(folder):
    return picture_source("mine", folder, list_pictures(folder))


def stored(cache):
    return sorted((cache / "decoded").iterdir())


def in_process(code, *arguments, **options):
    """Run code that has `decoded`, `source_of` and `SHAPE` in a process of its own."""
    head = """
        import sys
        from keras_facegan.data.cache import decoded
        from keras_facegan.data.files import list_pictures
        from keras_facegan.data.sources import picture_source
        SHAPE = (8, 8, 3)
        source = picture_source("mine", sys.argv[1], list_pictures(sys.argv[1]))
    """
    script = textwrap.dedent(head) + textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], text=True, **options)


def test_pictures_are_decoded_once(folder, cache, monkeypatch):
    images, kept = decoded(source_of(folder), SHAPE)
    assert isinstance(images, np.memmap) and images.dtype == np.uint8 and images.shape == (30, *SHAPE)
    assert kept.tolist() == list(range(30))
    for number in (0, 29):
        assert np.array_equal(images[number], prepare(decode(folder / f"{number:02}.png"), SHAPE))
    monkeypatch.setattr("keras_facegan.data.images.decode", None)
    assert np.array_equal(decoded(source_of(folder), SHAPE)[0], images)
    assert len(stored(cache)) == 1


def test_grey_and_vectorised_sources_go_the_same_way():
    pictures = np.random.default_rng(0).integers(0, 256, (600, 4, 4, 1), dtype="uint8")
    source = Source("six", tuple(map(str, range(600))), {}, None, lambda indices, size: pictures[indices])
    images, _ = decoded(source, (4, 4, 3))
    assert np.array_equal(images, pictures.repeat(3, axis=-1))


def test_the_key_follows_names_content_and_shape(folder):
    key = cache_key(source_of(folder), SHAPE)
    assert cache_key(source_of(folder), SHAPE) == key
    others = [cache_key(source_of(folder), (8, 8, 1)), cache_key(source_of(folder).take(range(29)), SHAPE)]
    os.utime(folder / "07.png", ns=(5, 5))
    others.append(cache_key(source_of(folder), SHAPE))
    assert len({key, *others}) == 4


def test_a_changed_picture_is_decoded_anew(folder, save_picture):
    before = decoded(source_of(folder), SHAPE)[0][3].copy()
    save_picture(folder / "03.png", seed=99)
    assert not np.array_equal(decoded(source_of(folder), SHAPE)[0][3], before)


@pytest.mark.parametrize("name", ["images.npy", "bad.json", "sha256.json"])
@pytest.mark.parametrize("place", [0.05, 0.5, 0.95])
def test_a_flipped_bit_is_found_by_the_next_process(folder, cache, name, place, monkeypatch):
    (folder / "30.png").write_bytes(b"no picture")
    images, kept = (np.array(each) for each in decoded(source_of(folder), SHAPE, skip_bad=True))
    file = stored(cache)[0] / name
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 1
    file.write_bytes(content)
    monkeypatch.setattr("keras_facegan.data.cache._sound", set())
    again = decoded(source_of(folder), SHAPE, skip_bad=True)
    assert np.array_equal(again[0], images) and np.array_equal(again[1], kept)
    assert file.read_bytes() != bytes(content)


def test_the_content_is_read_once_per_process_and_again_where_it_changed(folder, cache, monkeypatch):
    from keras_facegan.data import cache as module

    decoded(source_of(folder), SHAPE)
    read, plain = [], module.sha256
    monkeypatch.setattr(module, "sha256", lambda path: read.append(path.name) or plain(path))
    decoded(source_of(folder), SHAPE)
    assert read == []
    os.utime(stored(cache)[0] / "images.npy", ns=(5, 5))
    decoded(source_of(folder), SHAPE)
    assert read == ["images.npy"]


def test_an_entry_without_hashes_is_decoded_anew(folder, cache):
    images = np.array(decoded(source_of(folder), SHAPE)[0])
    (stored(cache)[0] / "sha256.json").unlink()
    assert np.array_equal(decoded(source_of(folder), SHAPE)[0], images)
    assert (stored(cache)[0] / "sha256.json").is_file()


@pytest.mark.parametrize("name", ["images.npy", "bad.json", "sha256.json"])
def test_a_pipe_in_the_place_of_a_cached_file_does_not_hang(folder, cache, name):
    decoded(source_of(folder), SHAPE)
    (stored(cache)[0] / name).unlink()
    os.mkfifo(stored(cache)[0] / name)
    assert len(decoded(source_of(folder), SHAPE)[0]) == 30


@pytest.mark.parametrize("damage", [lambda file: file.truncate(500), lambda file: file.truncate(0)])
def test_a_damaged_cache_is_rebuilt(folder, cache, damage):
    images = np.array(decoded(source_of(folder), SHAPE)[0])
    with open(stored(cache)[0] / "images.npy", "r+b") as file:
        damage(file)
    assert np.array_equal(decoded(source_of(folder), SHAPE)[0], images)
    (cache / "decoded" / cache_key(source_of(folder), SHAPE) / "bad.json").unlink()
    assert np.array_equal(decoded(source_of(folder), SHAPE)[0], images)
    assert len(stored(cache)) == 1


def test_all_bad_pictures_are_found_in_one_pass(folder, capsys):
    for number in range(7):
        (folder / f"{number:02}.png").write_bytes(b"no picture")
    with pytest.raises(DataError) as error:
        decoded(source_of(folder), SHAPE)
    message = str(error.value)
    for words in ("7 of the 30", "00.png", "04.png", "and 2 more", f"facegan data check {folder}", "--skip_bad"):
        assert words in message
    assert "05.png" not in message
    # The first call wrote the good ones, the second finds them; both must agree.
    for _ in range(2):
        images, kept = decoded(source_of(folder), SHAPE, skip_bad=True)
        assert kept.tolist() == list(range(7, 30)) and len(images) == 23
        assert "7 unreadable pictures of 30" in capsys.readouterr().err
    assert np.array_equal(images[0], prepare(decode(folder / "07.png"), SHAPE))


def test_a_picture_that_can_be_read_again_is_taken_in(folder, cache, monkeypatch):
    def fail_once(index, size):
        raise DataError("the share was not mounted")

    source = source_of(folder)
    with pytest.raises(DataError, match="not mounted"):
        decoded(Source(**{**vars(source), "read": fail_once}), SHAPE)
    assert len(decoded(source, SHAPE)[0]) == 30


def test_a_cache_that_cannot_be_written_says_so(folder, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_FACEGAN_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match="KERAS_FACEGAN_CACHE"):
        decoded(source_of(folder), SHAPE)


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(folder, cache):
    # A limit on the size of files stands for the full disk: the write fails half way.
    code = """
        import resource, signal
        from keras_facegan.errors import UserError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        try:
            decoded(source, SHAPE)
        except UserError as error:
            print(error)
    """
    output, _ = in_process(code, folder, stdout=subprocess.PIPE).communicate(timeout=60)
    assert "cannot be written" in output and "KERAS_FACEGAN_CACHE" in output and "0.0 MB" in output
    assert stored(cache) == []


def test_two_processes_may_decode_at_once(folder, cache):
    code = "print(decoded(source, SHAPE)[0].astype(int).sum())"
    workers = [in_process(code, folder, stdout=subprocess.PIPE) for _ in range(2)]
    sums = {worker.communicate(timeout=60)[0] for worker in workers}
    assert sums == {f"{np.array(decoded(source_of(folder), SHAPE)[0]).astype(int).sum()}\n"}
    assert [path.name for path in stored(cache)] == [cache_key(source_of(folder), SHAPE)]


def test_a_kill_half_way_leaves_no_half_cache(folder, cache):
    code = """
        import time
        read = source.read
        def slow(index, size):
            if index == 20:
                print("half way", flush=True)
                time.sleep(60)
            return read(index, size)
        decoded(type(source)(**{**vars(source), "read": slow}), SHAPE)
    """
    worker = in_process(code, folder, stdout=subprocess.PIPE)
    assert worker.stdout.readline() == "half way\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    leftover = stored(cache)
    assert len(leftover) == 1 and leftover[0].name.startswith(UNFINISHED)
    assert len(decoded(source_of(folder), SHAPE)[0]) == 30
    # What the dead process left goes away once it is a day old.
    os.utime(leftover[0], (time.time() - 90_000, time.time() - 90_000))
    (cache / "decoded" / cache_key(source_of(folder), SHAPE) / "bad.json").unlink()
    decoded(source_of(folder), SHAPE)
    assert leftover[0] not in stored(cache)


def test_an_outdated_entry_is_replaced_and_others_stay(folder, cache, save_picture):
    for shape in (SHAPE, (4, 4, 3)):
        decoded(source_of(folder), shape, part="train")
    decoded(source_of(folder).take(range(5)), SHAPE, part="test")
    assert len(entries()) == 3
    save_picture(folder / "03.png", seed=99)
    decoded(source_of(folder), SHAPE, part="train")
    found = {(entry.about["part"], *entry.about["image_shape"]) for entry in entries()}
    assert len(entries()) == 3 and found == {("train", *SHAPE), ("train", 4, 4, 3), ("test", *SHAPE)}
    assert entries()[0].folder.name == cache_key(source_of(folder), SHAPE)


def test_what_was_used_longest_ago_makes_room(folder, cache, monkeypatch):
    for number, side in enumerate((5, 6, 7)):
        decoded(source_of(folder), (side, side, 3))
        os.utime(entries()[0].folder, (number, number))
    # Used again, the oldest is the newest.
    decoded(source_of(folder), (5, 5, 3))
    monkeypatch.setenv("KERAS_FACEGAN_CACHE_GB", str(12_000 / 1e9))
    decoded(source_of(folder), SHAPE)
    assert [entry.about["image_shape"][0] for entry in entries()] == [8, 5]
    # What is too large for the room that is left goes, and not the smaller ones behind it.
    for seconds, side in ((30, 12), (60, 6)):
        monkeypatch.setenv("KERAS_FACEGAN_CACHE_GB", "1")
        decoded(source_of(folder), (side, side, 3))
        newest = next(entry for entry in entries() if entry.about["image_shape"][0] == side)
        os.utime(newest.folder, (newest.used - seconds, newest.used - seconds))
    monkeypatch.setenv("KERAS_FACEGAN_CACHE_GB", str(20_000 / 1e9))
    decoded(source_of(folder), (7, 7, 3))
    assert {entry.about["image_shape"][0] for entry in entries()} == {7, 8, 5, 6}
    # One that is larger than all there may be is used all the same.
    monkeypatch.setenv("KERAS_FACEGAN_CACHE_GB", "1e-9")
    assert len(decoded(source_of(folder), (9, 9, 3))[0]) == 30
    assert [entry.about["image_shape"][0] for entry in entries()] == [9]


@pytest.mark.parametrize("limit", ["much", "0", "-1", "nan"])
def test_a_limit_is_a_number_of_gigabytes(folder, monkeypatch, limit):
    monkeypatch.setenv("KERAS_FACEGAN_CACHE_GB", limit)
    with pytest.raises(UserError, match="KERAS_FACEGAN_CACHE_GB must be a number of gigabytes above 0"):
        decoded(source_of(folder), SHAPE)


def test_an_entry_from_before_is_used_and_nobodys(folder, cache):
    images = np.array(decoded(source_of(folder), SHAPE)[0])
    (stored(cache)[0] / "about.json").unlink()
    assert np.array_equal(decoded(source_of(folder), SHAPE)[0], images)
    assert [entry.about for entry in entries()] == [{}]
