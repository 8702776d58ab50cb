"""Pretrained weights: the right bytes or none, from the zoo, the cache or a server that fails."""

import functools
import hashlib
import http.server
import threading

import numpy as np
import pytest

import keras_facegan
from keras_facegan import create_model, presets, pretrained
from keras_facegan.errors import UserError
from keras_facegan.weights import save_inference_weights

ZOO = """
[tiny.model]
image_shape = [8, 8, 1]
hidden = 16
maxout_units = 8
maxout_pieces = 2
latent_dim = 8
[weights.near]
file = "weights/near.weights.h5"
preset = "tiny"
sha256 = "{sha256}"
bytes = {bytes}
[weights.far]
url = "{url}/far.weights.h5"
preset = "tiny"
sha256 = "{sha256}"
bytes = {bytes}
"""


class Server(http.server.ThreadingHTTPServer):
    """Serve one file; cut answers, change bytes or refuse as `fault` says."""

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.fault, self.ranges = content, None, []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server, asked = self.server, self.headers.get("Range")
        server.ranges.append(asked)
        if server.fault == "missing":
            self.send_error(404)
            return
        if server.fault == "not HTTP":
            self.wfile.write(b"220 mail.example.org ready\x1b[2J\r\n" * 3000)
            return
        if server.fault in ("chunks", "cut chunks"):
            self.send_in_chunks(server.content, whole=server.fault == "chunks")
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.fault != "no ranges" else 0
        if start >= len(server.content):
            self.send_error(416)
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.fault == "cut":
            body = body[: len(body) // 2]
        if server.fault == "changed":
            body = bytes([body[0] ^ 1]) + body[1:]
        if server.fault == "endless":
            body = body * 3
        self.wfile.write(body)

    def send_in_chunks(self, body, whole):
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(body), 1000):
            piece = body[start : start + 1000]
            if not whole and start >= len(body) // 2:
                # Announce a piece and give a part of it.
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece[:10])
                return
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "gan.weights.h5"
    save_inference_weights(create_model("gan", "tiny", seed=5), path)
    return path.read_bytes()


@pytest.fixture
def server(content):
    server = Server(content)
    thread = threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.01), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def zoo(tmp_path, monkeypatch, server, content):
    """A zoo whose `gan` has weights beside it and weights on the server, and a cache of its own."""
    root = tmp_path / "zoo"
    (root / "weights").mkdir(parents=True)
    (root / "weights" / "near.weights.h5").write_bytes(content)
    card = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "url": server.url}
    (root / "gan.toml").write_text(ZOO.format(**card))
    monkeypatch.setattr(presets, "zoo_root", lambda: root)
    monkeypatch.setattr(pretrained, "zoo_root", lambda: root)
    monkeypatch.setenv("KERAS_FACEGAN_CACHE", str(tmp_path / "cache"))
    return root


@pytest.fixture
def cached(tmp_path, content):
    """Where a download ends."""
    return tmp_path / "cache" / "weights" / f"{hashlib.sha256(content).hexdigest()}.weights.h5"


def names(path):
    return sorted(each.name for each in path.parent.iterdir())


@pytest.mark.parametrize("name", ["gan/near", "gan/far"])
def test_weights_are_loaded_into_the_model_of_their_preset(zoo, name):
    model = keras_facegan.load_pretrained(name)
    np.testing.assert_allclose(
        model.generate(3, seed=1), create_model("gan", "tiny", seed=5).generate(3, seed=1), atol=2e-3
    )
    assert keras_facegan.list_models(pretrained=True) == ["gan/far", "gan/near"]


def test_download_enters_the_cache_and_is_used_without_a_network(zoo, server, cached):
    first = pretrained.weights_file("gan/far")
    assert first == cached and names(cached) == [cached.name] and server.ranges == [None]
    server.fault = "missing"
    assert pretrained.weights_file("gan/far") == cached
    assert server.ranges == [None]


def test_cut_download_is_resumed_where_it_stopped(zoo, server, cached, content):
    server.fault = "cut"
    with pytest.raises(UserError, match="try again"):
        pretrained.weights_file("gan/far")
    assert names(cached) == [f"{cached.name}.partial"]
    half = len(content) // 2
    assert (cached.parent / f"{cached.name}.partial").read_bytes() == content[:half]
    server.fault = None
    assert pretrained.weights_file("gan/far").read_bytes() == content
    assert server.ranges == [None, f"bytes={half}-"]
    assert names(cached) == [cached.name]


def test_a_server_without_ranges_begins_again(zoo, server, cached, content):
    server.fault = "cut"
    with pytest.raises(UserError):
        pretrained.weights_file("gan/far")
    server.fault = "no ranges"
    assert pretrained.weights_file("gan/far").read_bytes() == content


def test_an_answer_in_chunks_is_read_and_a_cut_one_is_resumed(zoo, server, cached, content):
    server.fault = "cut chunks"
    with pytest.raises(UserError, match="The part that came is kept; try again") as error:
        pretrained.weights_file("gan/far")
    assert "\n" not in str(error.value) and names(cached) == [f"{cached.name}.partial"]
    part = (cached.parent / f"{cached.name}.partial").read_bytes()
    assert len(part) >= len(content) // 2 and content.startswith(part)
    server.fault = None
    assert pretrained.weights_file("gan/far").read_bytes() == content
    assert server.ranges == [None, f"bytes={len(part)}-"]
    cached.unlink()
    server.fault = "chunks"
    assert pretrained.weights_file("gan/far").read_bytes() == content


def test_a_server_that_does_not_speak_http_is_said_in_one_short_line(zoo, server, cached):
    server.fault = "not HTTP"
    with pytest.raises(UserError, match="`gan/far` cannot be downloaded from http.*220 mail") as error:
        pretrained.weights_file("gan/far")
    assert str(error.value).isprintable() and len(str(error.value)) < 1000
    assert names(cached) == []


def test_a_whole_answer_of_fewer_bytes_is_another_file(zoo, server, cached, content):
    server.content = body = b"<html>Please log in</html>"
    with pytest.raises(UserError, match=f"has {len(body)} bytes instead of {len(content):,} and was thrown away"):
        pretrained.weights_file("gan/far")
    assert names(cached) == []
    server.content = content
    assert pretrained.weights_file("gan/far") == cached


@pytest.mark.parametrize("factor", [0.5, 2])
def test_a_card_with_the_wrong_size_leaves_nothing(zoo, server, cached, content, factor):
    card = zoo / "gan.toml"
    card.write_text(card.read_text().replace(f"bytes = {len(content)}", f"bytes = {int(factor * len(content))}"))
    for _ in range(2):
        with pytest.raises(UserError, match="and was thrown away") as error:
            pretrained.weights_file("gan/far")
        assert "\n" not in str(error.value) and names(cached) == []


def test_a_part_that_has_all_the_server_has_is_no_reason_to_try_for_ever(zoo, server, cached, content):
    cached.parent.mkdir(parents=True)
    (cached.parent / f"{cached.name}.partial").write_bytes(content[:-1])
    server.content = content[:-1]
    with pytest.raises(UserError, match="was thrown away"):
        pretrained.weights_file("gan/far")
    assert names(cached) == []


@pytest.mark.parametrize(
    ("key", "line", "message"),
    [
        ("sha256", "", "needs `sha256`, 64 hexadecimal digits"),
        ("sha256", "sha256 = 5", "needs `sha256`, 64 hexadecimal digits"),
        ("sha256", f"sha256 = '../{'a' * 61}'", "needs `sha256`, 64 hexadecimal digits"),
        ("bytes", "", "needs `bytes`"),
        ("bytes", "bytes = -1", "needs `bytes`"),
        ("bytes", "bytes = true", "needs `bytes`"),
        ("bytes", "bytes = '5'", "needs `bytes`"),
        ("url", "", "needs a `file`, or a `url`"),
        ("url", "url = 'file:///etc/passwd'", "needs a `file`, or a `url`"),
        ("url", "url = 7", "needs a `file`, or a `url`"),
        ("url", "file = '../../etc/passwd'", "must name a `file` inside the zoo"),
        ("url", "file = '/etc/passwd'", "must name a `file` inside the zoo"),
    ],
)
def test_a_wrong_card_is_named_before_anything_is_fetched(zoo, server, key, line, message):
    head, _, far = (zoo / "gan.toml").read_text().partition("[weights.far]")
    lines = [line if row.startswith(f"{key} =") else row for row in far.splitlines()]
    (zoo / "gan.toml").write_text(f"{head}[weights.far]" + "\n".join(lines))
    with pytest.raises(UserError, match=rf"The card \[weights.far\] in .*gan.toml {message}") as error:
        pretrained.weights_file("gan/far")
    assert "\n" not in str(error.value) and server.ranges == []


def test_a_url_of_no_meaning_is_one_line(zoo):
    card = zoo / "gan.toml"
    card.write_text(card.read_text().replace("/far.weights.h5", "/a b\\u0007"))
    with pytest.raises(UserError, match="cannot be downloaded"):
        pretrained.weights_file("gan/far")


@pytest.mark.parametrize("fault", ["changed", "endless"])
def test_wrong_bytes_are_thrown_away(zoo, server, cached, content, fault):
    server.fault = fault
    if fault == "endless":
        server.content = content + b"more"
    with pytest.raises(UserError, match="wrong SHA-256 and was thrown away"):
        pretrained.weights_file("gan/far")
    assert names(cached) == []
    server.fault, server.content = None, content
    assert pretrained.weights_file("gan/far") == cached


def test_wrong_rest_of_a_resumed_download_is_thrown_away(zoo, server, cached, content):
    cached.parent.mkdir(parents=True)
    (cached.parent / f"{cached.name}.partial").write_bytes(b"something else")
    with pytest.raises(UserError, match="wrong SHA-256"):
        pretrained.weights_file("gan/far")
    assert names(cached) == []


def test_complete_part_needs_no_more_bytes(zoo, server, cached, content):
    cached.parent.mkdir(parents=True)
    (cached.parent / f"{cached.name}.partial").write_bytes(content)
    assert pretrained.weights_file("gan/far") == cached


@pytest.mark.parametrize("fault", ["missing", "down"])
def test_a_server_that_fails_is_said_and_leaves_nothing(zoo, server, cached, fault):
    if fault == "down":
        server.shutdown()
        server.server_close()
        server.serve_forever = lambda **_: None
        server.shutdown = server.server_close = lambda: None
    server.fault = fault
    with pytest.raises(UserError, match="`gan/far` cannot be downloaded from http") as error:
        pretrained.weights_file("gan/far")
    assert "\n" not in str(error.value)
    assert not cached.exists()


@pytest.mark.parametrize("damage", [lambda b: b[:-50], lambda b: b"", lambda b: b[:99] + bytes([b[99] ^ 1]) + b[100:]])
def test_damaged_cache_is_fetched_again(zoo, server, cached, content, damage):
    pretrained.weights_file("gan/far")
    cached.write_bytes(damage(content))
    assert pretrained.weights_file("gan/far").read_bytes() == content
    cached.write_bytes(damage(content))
    server.fault = "missing"
    with pytest.raises(UserError, match="cannot be downloaded"):
        keras_facegan.load_pretrained("gan/far")
    assert not cached.exists()


def test_damaged_or_lost_file_of_the_zoo_is_named(zoo, content):
    path = zoo / "weights" / "near.weights.h5"
    path.write_bytes(content[:-1])
    with pytest.raises(UserError, match="near.weights.h5 is damaged: its SHA-256 is not the zoo's for `gan/near`"):
        keras_facegan.load_pretrained("gan/near")
    path.unlink()
    with pytest.raises(UserError, match="near.weights.h5 of `gan/near` is missing"):
        keras_facegan.load_pretrained("gan/near")


@pytest.mark.parametrize("name", ["gan/nearr", "gan", "near", "", "gan/tiny", "gam/near"])
def test_unknown_names_are_answered_with_the_nearest(zoo, name):
    answer = r"is not the name of pretrained weights\. (Did you mean `gan/|`facegan list` shows them)"
    with pytest.raises(UserError, match=answer):
        keras_facegan.load_pretrained(name)


def test_a_preset_without_weights_is_answered_with_the_command_that_trains_them(zoo):
    with pytest.raises(UserError, match="`train.py --model gan --preset tiny` trains them; its run directory will do"):
        keras_facegan.load_pretrained("gan/tiny")
    with pytest.raises(UserError) as error:
        keras_facegan.load_pretrained("gan/nearr")
    assert "train.py" not in str(error.value)


def test_a_cache_that_cannot_be_written_is_said(zoo, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="Set KERAS_FACEGAN_CACHE"):
        pretrained.weights_file("gan/far")


def test_an_old_name_of_renamed_weights_answers_with_the_new_one(zoo):
    path = presets.zoo_root() / "gan.toml"
    path.write_text(f'{path.read_text()}\n[renamed]\nformer = "gan/near"\n')
    with pytest.raises(UserError, match="`gan/former` is called `gan/near` now"):
        keras_facegan.load_pretrained("gan/former")
    assert presets.preset_names("gan") == ["tiny"]
    assert keras_facegan.list_models("gan/*", pretrained=True) == ["gan/far", "gan/near"]
