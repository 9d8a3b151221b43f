"""What operations tell when they are done."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from .result import table_html


@dataclass(frozen=True)
class CopyReport:
    rows: int
    rows_rejected: int
    bytes_read: int
    bytes_written: int
    seconds: float
    peak_memory: int
    files: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{self.rows:,} rows"
        if self.rows_rejected:
            text += f", {self.rows_rejected:,} set aside"
        return f"{text} in {self.seconds:.2f} s, peak memory {self.peak_memory / 1e6:.0f} MB"


class MigrationReport:
    """The report of a migration: its members are those of the document (`as_dict`), tables as dicts."""

    def __init__(self, document: str, page: str) -> None:
        self._document: dict[str, Any] = json.loads(document)
        self._json = document
        self._page = page

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._document[name]
        except KeyError:
            known = ", ".join(self._document)
            raise AttributeError(f"the report has no {name!r}; it has {known}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._document]

    @property
    def as_dict(self) -> dict[str, Any]:
        return self._document

    def to_json(self) -> str:
        return self._json

    def to_html(self) -> str:
        """A page with its plots."""
        return self._page

    def save(self, path: Any) -> None:
        """Writes the page, or with the suffix .json the document."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._json if str(path).endswith(".json") else self._page)

    def __repr__(self) -> str:
        return f"<bowyer.MigrationReport {len(self.tables)} tables, {self.rows:,} rows>"

    def _repr_html_(self) -> str:
        # The page brings styles for a whole document: in a frame they stay there.
        page = html.escape(self._page, quote=True)
        return f'<iframe srcdoc="{page}" style="width:100%;height:480px;border:0"></iframe>'


@dataclass(frozen=True)
class ColumnFacts:
    name: str
    type: pa.DataType
    null_count: int | None = None
    min: str | None = None
    max: str | None = None
    stored_bytes: int | None = None
    encoding: str = ""
    note: str = ""


@dataclass(frozen=True)
class Unit:
    """A row group, a record batch, a stripe."""

    rows: int
    stored_bytes: int | None
    raw_bytes: int | None


@dataclass(frozen=True)
class Inspection:
    """What is known of a source without reading more than it must."""

    schema: pa.Schema
    format: str
    rows: int | None
    stored_bytes: int | None
    unit_name: str
    units: list[Unit]
    codec: str
    created_by: str
    columns: list[ColumnFacts]
    facts: dict[str, str]
    metadata: dict[str, str]
    sample: pa.Table | None  # what head, sample or unit asked for
    first_row: int | None
    bytes_allocated: int
    memory_mapped: bool

    def _repr_html_(self) -> str:
        facts = [("format", self.format), ("rows", self.rows), ("bytes", self.stored_bytes), ("codec", self.codec)]
        facts += [(self.unit_name + "s", len(self.units))] if self.unit_name else []
        head = " · ".join(f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}" for name, value in facts if value)
        columns = pa.table(
            {
                "column": [column.name for column in self.columns],
                "type": [str(column.type) for column in self.columns],
                "nulls": [column.null_count for column in self.columns],
                "min": [column.min for column in self.columns],
                "max": [column.max for column in self.columns],
                "encoding": [column.encoding for column in self.columns],
            }
        )
        return table_html(columns, head)


def inspection(facts: dict[str, Any], reader: Any, has_rows: bool) -> Inspection:
    """Of what the module gives."""

    def known(number: int) -> int | None:
        return None if number < 0 else number

    rows = pa.table(reader)
    infos = facts["columns"] or [{} for _ in rows.schema]
    return Inspection(
        schema=rows.schema,
        format=facts["format"],
        rows=facts["rows"],
        stored_bytes=known(facts["stored_bytes"]),
        unit_name=facts["unit_name"],
        units=[Unit(count, known(stored), known(raw)) for count, stored, raw in facts["units"]],
        codec=facts["codec"],
        created_by=facts["created_by"],
        columns=[ColumnFacts(column.name, column.type, **info) for column, info in zip(rows.schema, infos)],
        facts=dict(facts["facts"]),
        metadata=dict(facts["metadata"]),
        sample=rows if has_rows else None,
        first_row=known(facts["first_row"]),
        bytes_allocated=facts["bytes_allocated"],
        memory_mapped=facts["memory_mapped"],
    )
