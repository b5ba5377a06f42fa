"""Log lines on standard error: one event each, as text for people or JSON for a collector."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from rules.text import printable


class JsonLine(logging.Formatter):
    """One JSON object per record."""

    def format(self, record: logging.LogRecord) -> str:
        """Word a record."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


class TextLine(logging.Formatter):
    """Time, level and message on one line; control characters of foreign text are escaped."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the parent's name
        """Keep a message on its line, whatever a stranger wrote into it."""
        return printable(super().formatMessage(record))


def configure(log_format: str) -> None:
    """Set up logging for a process of ours. `log_format` is `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if log_format == "json" else TextLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("alembic", "urllib3", "github.Requester"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
