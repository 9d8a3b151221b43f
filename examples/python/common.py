"""What the examples share: a shop of orders, and a comparison."""

import sys
import time

import numpy as np
import pyarrow as pa


def rows(default):
    """The number of rows: the first argument, or that of the tutorial."""
    return int(sys.argv[1]) if len(sys.argv) > 1 else default


def orders(count, start=0):
    """`count` orders from number `start` on; the same each time."""
    number = np.arange(start, start + count)
    return pa.table(
        {
            "order_id": number,
            "user_id": number * 7919 % 10_000,
            "amount": (number * 104_729 % 100_000) / 100,
            "category": pa.array(np.array(["books", "tools", "toys", "games"])[number % 4]),
        }
    )


def batches(count, size=1_000_000):
    """The same as a stream of batches, none of which waits for another."""
    for start in range(0, count, size):
        yield from orders(min(size, count - start), start).to_batches()


class timed:
    """with timed("Bowyer"): ... prints how long it took."""

    def __init__(self, label):
        self.label = label

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.seconds = time.perf_counter() - self.start
        if error[0] is None:
            print(f"{self.label:32} {self.seconds:8.3f} s")


def same(one, other, what):
    """Ends the program unless both hold the same rows."""
    one, other = (table.to_pylist() if isinstance(table, pa.Table) else table for table in (one, other))
    if one != other:
        sys.exit(f"{what}: not the same")
    print(f"{what}: the same")
