"""What is asked for on the command line and by TF_CONFIG: read, or refused in one line."""

import json

import pytest

from keras_facegan.errors import UserError
from keras_facegan.seam.cluster import Cluster, of_flags

TWO = "10.0.0.1:2222,10.0.0.2:2222"


def config(kind="worker", index=0, **jobs):
    return json.dumps({"cluster": jobs or {"worker": TWO.split(",")}, "task": {"type": kind, "index": index}})


def test_without_flags_there_is_one_device_whatever_the_environment_says():
    assert of_flags(None, None, None, None, None) == of_flags(None, None, None, None, config()) == Cluster()


def test_flags_name_devices_and_workers():
    assert of_flags("mirrored", None, None, None, None) == Cluster("mirrored")
    assert of_flags("mirrored", 2, None, None, None) == Cluster("mirrored", 2)
    assert of_flags("multi_worker", None, TWO, 1, None) == Cluster("multi_worker", 0, tuple(TWO.split(",")), 1)
    assert of_flags("multi_worker", None, "[::1]:1,a-b.c:65535", 0, None).workers == ("[::1]:1", "a-b.c:65535")


def test_tf_config_names_workers_the_chief_first():
    assert of_flags("multi_worker", None, None, None, config(index=1)).worker == 1
    jobs = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    assert of_flags("multi_worker", None, None, None, config("chief", **jobs)).worker == 0
    found = of_flags("multi_worker", None, None, None, config("worker", 1, **jobs))
    assert found == Cluster("multi_worker", 0, ("a:1", "b:1", "c:1"), 2)
    assert of_flags("multi_worker", None, TWO, 0, config()).worker == 0


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("mirorred", None, None, None, None), "must be one of mirrored, multi_worker, got `mirorred`"),
        (("mirrored", 0, None, None, None), "--devices must be a number from 1 to 64, got 0"),
        (("mirrored", 10**9, None, None, None), "from 1 to 64, got 1000000000"),
        (("mirrored", None, TWO, None, None), "--workers belongs to --distribute multi_worker"),
        ((None, 2, None, None, None), "--devices belongs to --distribute mirrored"),
        ((None, None, None, 0, None), "--worker belongs to --distribute multi_worker"),
        (("multi_worker", 2, TWO, 0, None), "--devices belongs to --distribute mirrored"),
        (("multi_worker", None, None, None, None), "needs to know the workers"),
        (("multi_worker", None, TWO, None, None), "belong together"),
        (("multi_worker", None, None, 0, config()), "belong together"),
        (("multi_worker", None, TWO, 2, None), "--worker must be 0 to 1, for there are 2 --workers; got 2"),
        (("multi_worker", None, TWO, -1, None), "got -1"),
        (("multi_worker", None, "a,b:1", 0, None), "`a` is no host:port"),
        (("multi_worker", None, "a:1,b:70000", 0, None), "`b:70000` is no host:port"),
        (("multi_worker", None, "a:1,,b:1", 0, None), "`` is no host:port"),
        (("multi_worker", None, "a:1, b:1", 0, None), "` b:1` is no host:port"),
        (("multi_worker", None, "a:1", 0, None), "names 1 worker"),
        (("multi_worker", None, "a:1,a:1", 0, None), "the same address twice"),
        (("multi_worker", None, TWO, 0, config(index=1)), "TF_CONFIG names other workers"),
        (("multi_worker", None, None, None, "{"), "TF_CONFIG is no JSON"),
        (("multi_worker", None, None, None, "[]"), "TF_CONFIG must be"),
        (("multi_worker", None, None, None, '{"cluster": {}}'), "TF_CONFIG must be"),
        (("multi_worker", None, None, None, config(index="one")), "TF_CONFIG must be"),
        (("multi_worker", None, None, None, config(index=2)), "this is worker 2, and there are 2"),
        (("multi_worker", None, None, None, config("ps")), "may name the jobs chief and worker, got ps, worker"),
        (("multi_worker", None, None, None, config(worker=["a:1", 7])), "`7` is no host:port"),
    ],
)
def test_what_cannot_be_is_one_line(flags, words):
    with pytest.raises(UserError) as error:
        of_flags(*flags)
    assert words in str(error.value) and "\n" not in str(error.value)
