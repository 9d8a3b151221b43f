"""Loads the module of C++ on the very Arrow that pyarrow has, so that a process has one Arrow."""

import ctypes
import os

import pyarrow


def _load_openssl() -> None:
    # libparquet has an OpenSSL within, whose names it does not hide. Loaded behind it, the system's libraries would take
    # parts of that one for their own, and crash in it; loaded before, each by itself, they see only each other.
    for name in ("libcrypto.so.3", "libssl.so.3", "libpq.so.5"):
        try:
            ctypes.CDLL(name)
        except OSError:
            pass  # no such system library: then nobody loads it later, either


def _load_arrow() -> None:
    # `import pyarrow` has loaded libarrow; the others are found beside it, wherever pyarrow is installed. The
    # loader then knows them by their names, which hold Arrow's version: another one fails here, with its name.
    folder = os.path.dirname(pyarrow.__file__)
    version = f"{pyarrow.__version__.split('.')[0]}00"
    for name in ("arrow", "arrow_compute", "parquet", "arrow_flight"):
        path = os.path.join(folder, f"lib{name}.so.{version}")
        if os.path.exists(path):
            ctypes.CDLL(path)


_load_openssl()
_load_arrow()

try:
    from . import _bowyer as native
except ImportError as error:
    raise ImportError(f"{error}; this bowyer is made for pyarrow 26, and pyarrow is {pyarrow.__version__}") from error

__all__ = ["native"]
