"""Channel: one table, batch by batch, between processes of this machine through shared memory."""

from __future__ import annotations

from typing import Any, Iterator
from urllib.parse import quote

import pyarrow as pa

from ._library import native
from ._run import make_context
from ._sources import Source, reraising, to_source
from .errors import UsageError
from .result import Result


class Channel:
    """Who puts is a producer, who gets a consumer; they may come in any order, and in any number.

        with Channel("orders") as channel:      # in one process
            channel.put(table)

        for batch in Channel("orders"):         # in another
            ...

    Leaving the with block says that all was put, and waits until it was processed; leaving it by an exception makes the
    channel fail, so that nobody takes a part for the whole. Batches that are got lie in shared memory, without a copy,
    until they are let go of. options: bytes="64M", batches=64, mode="broadcast", producers=3, consumers=3,
    on_consumer_death="redeliver", timeout="30s", stall="10m", connect=True (docs/channels.md).
    """

    def __init__(self, name: str, *, memory: int | str | None = None, **options: Any) -> None:
        location = name if name.startswith("shm:") else f"shm:{name}"
        parts = [_option(option, value) for option, value in options.items() if value is not None and value is not False]
        if parts:
            location += ("&" if "?" in location else "?") + "&".join(parts)
        self.location = location
        self._memory = memory
        self._producer: Any = None
        self._consumer: Any = None
        self._ended = False

    # Producing.

    def put(self, value: Any, schema: pa.Schema | None = None) -> int:
        """Puts the batches of anything that holds a table; gives the number of rows. The first one's schema is the
        channel's. Waits while the channel is full."""
        if self._consumer is not None:
            raise UsageError("this channel is read here: producers and consumers are objects of their own")
        source, batches = _batches_of(value, schema)
        with reraising([source] if source is not None else []):
            return self._open_producer(batches.schema).write(batches)

    def open(self, schema: pa.Schema) -> None:
        """Takes part as a producer without putting anything yet."""
        self._open_producer(schema)

    def _open_producer(self, schema: pa.Schema) -> Any:
        if self._ended:
            raise UsageError("this channel was closed")
        if self._producer is None:
            self._producer = native.Producer(self._context(), self.location, schema)
        return self._producer

    def finish(self) -> None:
        """Says that all was put, and waits until consumers have processed it."""
        self._ended = True
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.finish()

    # Consuming.

    @property
    def schema(self) -> pa.Schema:
        """Of the channel; waits for a producer."""
        return pa.schema(self._open_consumer())

    def get(self) -> pa.RecordBatch | None:
        """The next batch, None at the end; says that those before are processed. Waits for it."""
        batch = self._open_consumer().next_batch()
        return None if batch is None else pa.record_batch(batch)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self.get()) is not None:
            yield batch

    def read(self) -> Result:
        """All batches as a result: to_pandas(), to_arrow(), ..."""
        return Result(self._open_consumer())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.read().__arrow_c_stream__(requested_schema)

    def _open_consumer(self) -> Any:
        if self._producer is not None:
            raise UsageError("this channel is written here: producers and consumers are objects of their own")
        if self._ended:
            raise UsageError("this channel was closed")
        if self._consumer is None:
            self._consumer = native.consume(self._context(), self.location)
        return self._consumer

    # Both.

    def _context(self) -> Any:
        return make_context(None, self._memory, holds_results=True)

    def close(self) -> None:
        """Leaves. A producer that has not finished makes the channel fail."""
        self._ended = True
        for end in (self._producer, self._consumer):
            if end is not None:
                end.close()
        self._producer = self._consumer = None

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None and self._producer is not None:
            self.finish()
        self.close()

    def __repr__(self) -> str:
        role = "producer" if self._producer is not None else "consumer" if self._consumer is not None else "not open"
        return f"<bowyer.Channel {self.location}: {role}>"


def _option(name: str, value: Any) -> str:
    name = name.replace("_", "-")
    return name if value is True else f"{name}={quote(str(value), safe='')}"


def _batches_of(value: Any, schema: pa.Schema | None) -> tuple[Source | None, pa.RecordBatchReader]:
    if isinstance(value, pa.RecordBatch):
        return None, pa.RecordBatchReader.from_batches(value.schema, [value])
    if isinstance(value, pa.Table):
        return None, value.to_reader()
    if hasattr(value, "__arrow_c_stream__"):
        return None, pa.RecordBatchReader.from_stream(value, schema)
    source = to_source(value)
    if source.is_location:
        raise TypeError(f"{value!r} is a location: bowyer.copy puts it into a channel")
    reader = native.read(make_context(), [source.native], {}, None)
    return source, pa.RecordBatchReader.from_stream(reader)


def channels() -> list[dict[str, Any]]:
    """The channels of this user that are open, and who is at them."""
    return native.channels(make_context())
