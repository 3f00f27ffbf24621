"""Records whose header names are no UTF-8: read all the same, for a provider may write whatever the broker takes.

aiokafka decodes the names of headers strictly, so that one such record would end the service at every start. Only
the fetched bytes that hold one are read a second time, by aiokafka's own slower reader, with the name made readable.
"""

import struct
from collections import deque
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

OFFSET_AND_LENGTH = struct.Struct(">qi")


class _Forgiving(bytearray):
    """Bytes of which any part can be decoded."""

    def __getitem__(self, part: Any) -> Any:
        found = super().__getitem__(part)
        return _Forgiving(found) if isinstance(part, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        """Decode; what is not in the encoding becomes a replacement character."""
        return super().decode(encoding, errors)


class _Kept:
    """Fetched records that remember their bytes."""

    def __init__(self, fetched: bytes) -> None:
        self.fetched = fetched
        records = MemoryRecords(fetched)
        self.size_in_bytes, self.has_next, self.next_batch = (
            records.size_in_bytes,
            records.has_next,
            records.next_batch,
        )


class _Lenient:
    """The same fetched records, read with any header names."""

    def __init__(self, fetched: bytes) -> None:
        self._batches = deque(_batches(fetched))

    def has_next(self) -> bool:
        """Whether there is a whole batch left."""
        return bool(self._batches)

    def next_batch(self) -> Any:
        """The next batch, already unpacked."""
        batch = _DefaultRecordBatchPy(self._batches.popleft())
        if not batch.validate_crc():
            raise CorruptRecordException("a batch does not have the checksum it says it has")
        iter(batch)  # which unpacks it
        batch._buffer = _Forgiving(batch._buffer)  # noqa: SLF001 - pinned, and tested against a real broker
        return batch


def _batches(fetched: bytes) -> Iterator[bytes]:
    begin = 0
    while begin + OFFSET_AND_LENGTH.size <= len(fetched):
        _, length = OFFSET_AND_LENGTH.unpack_from(fetched, begin)
        end = begin + OFFSET_AND_LENGTH.size + length
        if end > len(fetched):
            return
        yield fetched[begin:end]
        begin = end


class _PartitionRecords(fetcher.PartitionRecords):
    def _unpack_records(self) -> Iterator[Any]:
        unpack: Any = super()._unpack_records
        try:
            yield from unpack()
        except UnicodeDecodeError:
            self._records = _Lenient(self._records.fetched)
            self._check_crcs = False  # of a batch that is unpacked it cannot be checked any more
            yield from unpack()  # which passes over what was read before


def install() -> None:
    """Have every consumer of this process read its records this way."""
    vars(fetcher).update(MemoryRecords=_Kept, PartitionRecords=_PartitionRecords)
