"""Published texts of licences by their words."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

DIGEST_DIGITS = 24
"""Hexadecimal digits of a SHA-256 that are kept: 96 bits, far more than anybody can search for a second text."""


def license_with_words(digest: str) -> str | None:
    """The licence whose published text has this digest of its words (`rules.licenses.texts.words_digest`).

    The texts of the SPDX list and the texts of licences of models that ScanCode has are known with and without their
    titles and notices. Licences that share one text are named without what the text does not say: `GPL-3.0`.
    """
    return _known().get(digest[:DIGEST_DIGITS])


@functools.cache
def _known() -> Mapping[str, str]:
    table = resources.files(__package__).joinpath("known_texts.txt").read_text("ascii")
    pairs = (line.split() for line in table.splitlines() if line and not line.startswith("#"))
    return {digest: identifier for identifier, *digests in pairs for digest in digests}
