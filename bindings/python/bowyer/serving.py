"""serve: tables for others, by Arrow Flight."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import Any, Mapping

from ._library import native
from ._run import make_context


class Server:
    """A running server; `with` or close() ends it, and so does the end of the process."""

    def __init__(self, running: Any, scheme: str, host: str) -> None:
        self._running = running
        self._address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{running.port}"
        self._closed = threading.Event()

    @property
    def port(self) -> int:
        return self._running.port

    @property
    def address(self) -> str:
        """grpc://HOST:PORT, for clients of Arrow Flight."""
        return self._address

    def location(self, name: str) -> str:
        """Of a table, for Bowyer: grpc://HOST:PORT/NAME."""
        return f"{self._address}/{name}"

    def wait(self) -> None:
        """Until another thread closes the server, or Ctrl-C."""
        while not self._closed.wait(0.5):
            pass

    def close(self) -> None:
        self._running.close()
        self._closed.set()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<bowyer.Server at {self._address}{', closed' if self._closed.is_set() else ''}>"


def serve(
    tables: Mapping[str, str | os.PathLike[str]],
    *,
    host: str = "127.0.0.1",
    port: int = 8815,
    token: str | None = None,
    certificate: str | None = None,
    key: str | None = None,
    plaintext: bool = False,
    allow_put: bool = False,
    sql: bool = True,
    read: Mapping[str, Any] | None = None,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Server:
    """Serves locations by name until the server is closed: serve({"orders": "orders.parquet"}).

    port: 0 for any. token: what clients have to bring. certificate, key: PEM, for TLS; without them only this machine's
    own addresses are served, unless plaintext says that it may be read on the way. allow_put: clients may write the
    tables. sql: clients may query the tables, and nothing else. read: options of reading (see ReadOptions).
    """
    if token == "":
        raise ValueError("an empty token protects nothing: give None for no token")
    options = {"host": host, "port": port, "token": token, "certificate": certificate, "key": key,
               "plaintext": plaintext, "allow_put": allow_put, "sql": sql}  # fmt: skip
    located = {name: os.fspath(location) for name, location in tables.items()}
    running = native.Server(make_context(threads, memory), located, dict(read or {}), options)
    return Server(running, "grpc" if certificate is None else "grpc+tls", host)
