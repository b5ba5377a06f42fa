"""Git LFS objects on disk, and the pointers that stand for them (git-lfs specification, docs/spec.md)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

TICKET_SECONDS = 3_600
"""How long the address of a transfer is good for."""


@dataclass(frozen=True)
class LfsStore:
    """Objects named by their SHA-256; which repository holds which is the world's business."""

    root: Path
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def put(self, content: bytes) -> str:
        """Store an object and return its id."""
        oid = hashlib.sha256(content).hexdigest()
        self.root.mkdir(parents=True, exist_ok=True)
        self.path(oid).write_bytes(content)
        return oid

    def path(self, oid: str) -> Path:
        """The file of an object."""
        return self.root / oid

    def size(self, oid: str) -> int:
        """Bytes of an object that is there."""
        return self.path(oid).stat().st_size

    @staticmethod
    def pointer(oid: str, size: int) -> bytes:
        """The pointer file of an object."""
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()

    def ticket(self, operation: str, repository_id: int, oid: str) -> str:
        """A signature that lets whoever holds it transfer one object, without credentials, for an hour."""
        until = int(time.time()) + TICKET_SECONDS
        return f"{until}-{self._sign(operation, repository_id, oid, until)}"

    def admits(self, ticket: str, operation: str, repository_id: int, oid: str) -> bool:
        """Whether a ticket is good for this transfer now."""
        until, _, signature = ticket.partition("-")
        if not until.isdecimal() or int(until) < time.time():
            return False
        return hmac.compare_digest(signature.encode(), self._sign(operation, repository_id, oid, int(until)).encode())

    def _sign(self, operation: str, repository_id: int, oid: str, until: int) -> str:
        text = f"{operation} {repository_id} {oid} {until}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()
