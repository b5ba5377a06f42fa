"""Files that carry other files: archives, compressed files, blobs written out in text.

`look.py` asks their members what they are, `allowance.py` says what that may cost, `summary.py` makes one answer of
theirs, and `kinds/` holds one module for each kind.
"""

from bot.scanner.containers.look import look_inside

__all__ = ["look_inside"]
