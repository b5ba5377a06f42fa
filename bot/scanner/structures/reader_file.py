"""A reader as the file that libraries want."""

from __future__ import annotations

import io

from bot.scanner.readers import BlobReader


class ReaderFile(io.RawIOBase):
    """Reads and seeks; raises UnreadableError where the reader does."""

    def __init__(self, blob: BlobReader) -> None:
        super().__init__()
        self._blob = blob
        self._position = 0

    def seekable(self) -> bool:
        """It can."""
        return True

    def readable(self) -> bool:
        """It can."""
        return True

    def tell(self) -> int:
        """The place it stands at."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, which may lie behind the end."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._blob.size}[whence]
        if origin + offset < 0:
            raise OSError("before the beginning")
        self._position = origin + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """The bytes from here on."""
        wanted = self._blob.size - self._position if size is None or size < 0 else size
        raw = self._blob.read(self._position, max(0, wanted)) if self._position < self._blob.size else b""
        self._position += len(raw)
        return raw
