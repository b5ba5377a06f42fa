"""Language models of CMU Sphinx in binary form: the trie of today, and the older dump of three orders.

Source: src/lm/ngram_model_trie.c of PocketSphinx.
"""

from __future__ import annotations

from bot.scanner.formats._ngrams import metadata_of
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError, Pages
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "CMU Sphinx language model"
SUFFIXES = ()
MARK = rb"(?:Trie Language Model[\x01-\x20]|(?:\x11\0\0\0|\0\0\0\x11)Darpa Trigram LM\0)"

_TRIE = b"Trie Language Model"
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words and numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model of either form."""
    if blob.head[4:21] == b"Darpa Trigram LM\0":
        return _described({"architecture": "3-gram model (dump)"}, None, None)
    if not blob.head.startswith(_TRIE) or blob.size == len(_TRIE):
        return None
    pages = Pages(blob, 0)
    order = pages.number(len(_TRIE), 1)
    if not order:
        return None
    try:
        counts = [pages.number(len(_TRIE) + 1 + 4 * n, 4) for n in range(order)]
    except DamagedError:
        return _described({"architecture": f"{order}-gram model (trie)"}, None, "It ends within its header.")
    metadata = metadata_of(counts, " (trie)")
    if sum(counts) > 2 * blob.size:
        return _described(metadata, None, "It is cut off: not all of its n-grams are there.")
    return _described(metadata, sum(counts), None)


def _described(metadata: dict[str, str], total: int | None, remark: str | None) -> Detection:
    return Detection(
        format="sphinx-lm",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if total is None else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=total,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )
