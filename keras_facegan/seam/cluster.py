"""Which devices a run is to train on, as the command line and TF_CONFIG say it, checked before TensorFlow is loaded."""

import dataclasses
import json
import re

from keras_facegan.errors import UserError

# Which way training is spread over devices.
KINDS = ("mirrored", "multi_worker")
# More than any machine has; each is memory, also where it is a part of the CPU.
MOST_DEVICES = 64
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):([0-9]{1,5})")


@dataclasses.dataclass(frozen=True)
class Cluster:
    """What is asked for.

    Attributes:
        kind: "mirrored" for the devices of this machine, "multi_worker" for one process per machine, "" for one device.
        devices: How many devices of this machine, 0 for all GPUs.
        workers: "host:port" of every process of "multi_worker".
        worker: Number of this process among them; number 0 is the chief, which writes the results.
    """

    kind: str = ""
    devices: int = 0
    workers: tuple[str, ...] = ()
    worker: int = 0


def of_flags(kind: str | None, devices: int | None, workers: str | None, worker: int | None, config: str | None):
    """Return the `Cluster` of the flags of a command.

    Args:
        kind: `--distribute`, or None.
        devices: `--devices`, or None.
        workers: `--workers`: "host:port,host:port", or None.
        worker: `--worker`, or None.
        config: The environment variable TF_CONFIG, or None; "multi_worker" without `--workers` reads it.

    Raises:
        UserError: Flags that do not belong together, or values that are wrong.
    """
    if kind not in (None, *KINDS):
        raise UserError(f"--distribute must be one of {', '.join(KINDS)}, got `{kind}`.")
    for flag, value, its_kind in (
        ("devices", devices, KINDS[0]),
        ("workers", workers, KINDS[1]),
        ("worker", worker, KINDS[1]),
    ):
        if value is not None and kind != its_kind:
            raise UserError(f"--{flag} belongs to --distribute {its_kind}; add that, or leave --{flag} out.")
    if kind == "mirrored":
        if devices is not None and not 1 <= devices <= MOST_DEVICES:
            raise UserError(f"--devices must be a number from 1 to {MOST_DEVICES}, got {devices}.")
        return Cluster(kind, devices or 0)
    return Cluster(kind, 0, *_workers(workers, worker, config)) if kind else Cluster()


def _workers(workers, worker, config):
    """Return the addresses of all workers and the number of this one."""
    if workers is None and worker is None:
        if not config:
            raise UserError(
                "--distribute multi_worker needs to know the workers: --workers host:port,host:port --worker 0 (1, 2, "
                "... on the other machines), or the environment variable TF_CONFIG."
            )
        return _of_config(config)
    if workers is None or worker is None:
        raise UserError("--workers and --worker belong together: give both.")
    addresses = _checked(tuple(workers.split(",")), "--workers")
    if not 0 <= worker < len(addresses):
        raise UserError(
            f"--worker must be 0 to {len(addresses) - 1}, for there are {len(addresses)} --workers; got {worker}."
        )
    if config and _of_config(config) != (addresses, worker):
        raise UserError("TF_CONFIG names other workers than --workers and --worker: unset it, or leave the flags out.")
    return addresses, worker


def _of_config(text):
    """Return what TF_CONFIG says: `{"cluster": {"worker": [...]}, "task": {"type": "worker", "index": 0}}`."""
    try:
        config = json.loads(text)
    except ValueError as error:
        raise UserError(f"TF_CONFIG is no JSON: {error}.") from None
    try:
        cluster, task = config["cluster"], config["task"]
        jobs = {job: tuple(cluster.get(job, ())) for job in ("chief", "worker")}
        kind, index = task["type"], task["index"]
        others = {*cluster} - {*jobs}
        index = int(index)
    except (TypeError, KeyError, AttributeError, ValueError):
        raise UserError(
            'TF_CONFIG must be {"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}, '
            f"got {text[:200]}"
        ) from None
    if others or kind not in jobs:
        raise UserError(f"TF_CONFIG may name the jobs chief and worker, got {', '.join(sorted({*cluster, kind}))}.")
    if not 0 <= index < len(jobs[kind]):
        raise UserError(f"TF_CONFIG says that this is {kind} {index}, and there are {len(jobs[kind])} of them.")
    return _checked(jobs["chief"] + jobs["worker"], "TF_CONFIG"), index + (
        len(jobs["chief"]) if kind == "worker" else 0
    )


def _checked(addresses, place):
    for address in addresses:
        match = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
        if not match or not 0 < int(match[2]) < 65536:
            raise UserError(f"{place}: `{address}` is no host:port, such as 10.0.0.1:2222.")
    if len(addresses) < 2:
        raise UserError(f"{place} names {len(addresses)} worker: several are needed, or no --distribute at all.")
    if len({*addresses}) < len(addresses):
        raise UserError(f"{place} names the same address twice: every worker needs its own.")
    return addresses
