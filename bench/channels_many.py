"""Several producers and consumers at one channel: that the rows and their sum are those that were sent, and bytes a
second. And batches that are made anew, in memory of the producer's own or in the channel's.

    python bench/channels_many.py [--rounds N]     after ./dev build; builds bench's channel_run itself
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUN = ROOT / "build" / "release" / "bin" / "channel_run"
MIB = 1 << 20


def median(function, rounds, *args):
    return statistics.median(function(*args) for _ in range(rounds))


def sum_of(batches, rows, first):
    """Of what channel_run produce sends: after its first batch it sets each one's first value anew."""
    one = sum(range(first + 1, first + rows))
    return batches * (one + first) + rows * batches * (batches - 1) // 2


def many(batches, rows, producers, consumers, consume="consume"):
    """Seconds until the last of the producers knew that all was read; all of the batches together are `batches`."""
    location = f"shm:bench?producers={producers}&consumers={consumers}"
    reading = [subprocess.Popen([RUN, consume, location], stdout=subprocess.PIPE) for _ in range(consumers)]
    time.sleep(0.2)
    each = batches // producers
    writing = [subprocess.Popen([RUN, "produce", location, str(each), str(rows), str(number)], stdout=subprocess.PIPE) for number in range(producers)]
    seconds = max(json.loads(process.communicate()[0])["seconds"] for process in writing)
    told = [json.loads(process.communicate()[0]) for process in reading]
    assert all(process.returncode == 0 for process in writing + reading)
    assert sum(one["rows"] for one in told) == producers * each * rows
    if consume == "sum":
        assert sum(one["sum"] for one in told) == sum(sum_of(each, rows, number) for number in range(producers))
    return seconds


def made(batches, rows, memory):
    consumer = subprocess.Popen([RUN, "consume", "shm:bench"], stdout=subprocess.PIPE)
    time.sleep(0.1)
    producer = subprocess.run([RUN, "make", "shm:bench", str(batches), str(rows), memory], stdout=subprocess.PIPE, check=True)
    assert json.loads(consumer.communicate()[0])["rows"] == batches * rows
    return json.loads(producer.stdout)["seconds"]


def print_many(rounds):
    print(f"{'1 MiB batches':28} {'GB/s':>8} {'each value read':>16}")
    for producers, consumers in ((1, 1), (2, 2), (4, 4), (1, 4), (4, 1)):
        rates = [4000 * MIB / median(many, rounds, 4000, MIB // 8, producers, consumers, consume) / 1e9 for consume in ("consume", "sum")]
        print(f"{f'{producers} producers x {consumers} consumers':28} {rates[0]:8.2f} {rates[1]:16.2f}", flush=True)
    print(f"\n{'1 MiB batches made anew':28} {'GB/s':>8}")
    for memory, name in (("own", "in memory of its own"), ("pool", "in the channel's")):
        print(f"{name:28} {4000 * MIB / median(made, rounds, 4000, MIB // 8, memory) / 1e9:8.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    subprocess.run(["cmake", "--build", ROOT / "build" / "release", "--target", "channel_run"], check=True, stdout=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="bowyer-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        print_many(rounds)


if __name__ == "__main__":
    main()
