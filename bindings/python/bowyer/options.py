"""How to read and how to write, as keywords: names and types for editors and type checkers."""

from __future__ import annotations

from typing import Any, Literal, Mapping, Sequence, TypedDict

Format = Literal["csv", "tsv", "json", "parquet", "arrow", "arrows", "orc"]


class ReadOptions(TypedDict, total=False):
    """Of scan, read, inspect, Engine.register, and `read=` of copy. What is not given is found out."""

    format: str
    encoding: Literal["auto", "utf-8", "utf-16le", "utf-16be", "latin-1"]
    delimiter: str
    quote: str  # "": quotes have no meaning
    escape: str
    header: bool
    columns: Sequence[str]  # names, in place of a header
    null: Sequence[str]  # spellings of null
    decimal_comma: bool
    thousands: str
    date_format: str
    timestamp_format: str
    comment: str
    skip_lines: int
    types: Mapping[str, Any]  # column -> type of pyarrow's, or its name
    all_text: bool
    sample_rows: int  # -1: all
    memory_map: bool


class WriteOptions(TypedDict, total=False):
    """Of copy and LazyFrame.sink."""

    format: str
    if_exists: Literal["error", "overwrite", "append", "upsert"]
    keys: Sequence[str]  # for upsert
    compression: str  # "none", "snappy", "zstd", "lz4", "gzip", "bz2", "brotli"
    compression_level: int
    row_group_rows: int
    partition_by: Sequence[str]
    max_file_rows: int
    max_file_bytes: int
    durable: bool
    delimiter: str
    quote: str
    header: bool
    null: str
