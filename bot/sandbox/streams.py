"""Bytes sent piece by piece, whole or a range of them (RFC 9110, section 14)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Response, request

PIECE = 64 * 1024

Opener = Callable[[int, int], Iterator[bytes]]
"""Gives the bytes from a start (included) to an end (excluded)."""


def from_file(path: Path) -> Opener:
    """An opener of a file on disk."""

    def pieces(start: int, end: int) -> Iterator[bytes]:
        with path.open("rb") as file:
            file.seek(start)
            remaining = end - start
            while remaining > 0 and (piece := file.read(min(PIECE, remaining))):
                remaining -= len(piece)
                yield piece

    return pieces


def from_bytes(content: bytes) -> Opener:
    """An opener of bytes in memory."""

    def pieces(start: int, end: int) -> Iterator[bytes]:
        for position in range(start, end, PIECE):
            yield content[position : min(position + PIECE, end)]

    return pieces


def send(size: int, opener: Opener, *, honour_range: bool, content_type: str = "application/octet-stream") -> Response:
    """Answer with everything, or where ranges are honoured and one was asked for, with 206 or 416."""
    headers = {"Content-Type": content_type}
    if honour_range:
        headers["Accept-Ranges"] = "bytes"
    asked = request.range if honour_range else None
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return _response(200, opener(0, size), headers, size)
    span = asked.range_for_length(size)
    if span is None:
        return Response(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    start, end = span
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return _response(206, opener(start, end), headers, end - start)


def _response(status: int, pieces: Iterator[bytes], headers: dict[str, str], length: int) -> Response:
    body = () if request.method == "HEAD" else pieces
    return Response(body, status=status, headers=headers | {"Content-Length": str(length)})
