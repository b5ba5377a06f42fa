"""Language models of CMU Sphinx in binary form: the trie of today, and the older dump of three orders.

Source: src/lm/ngram_model_trie.c of PocketSphinx.
"""

from __future__ import annotations

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
        return _described("3-gram model (dump)", [], None, Confidence.PROBABLE)
    if not blob.head.startswith(_TRIE) or blob.size == len(_TRIE):
        return None
    pages = Pages(blob, 0)
    order = pages.number(len(_TRIE), 1)
    architecture = f"{order}-gram model (trie)"
    try:
        counts = [pages.number(len(_TRIE) + 1 + 4 * n, 4) for n in range(order)]
    except DamagedError:
        return _described(architecture, [], "It ends within its header.", Confidence.PROBABLE)
    if sum(counts) > 2 * blob.size:
        return _described(architecture, counts, "It is cut off: not all of its n-grams are there.", Confidence.PROBABLE)
    return _described(architecture, counts, None, Confidence.CERTAIN)


def _described(architecture: str, counts: list[int], remark: str | None, confidence: Confidence) -> Detection:
    metadata = {"architecture": architecture}
    if counts:
        metadata["ngrams"] = ", ".join(f"{count:,}" for count in counts)[:200]
    return Detection(
        format="sphinx-lm",
        title=TITLE,
        is_weight=True,
        confidence=confidence,
        loading=_LOADING,
        parameters=sum(counts) if counts and not remark else None,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )
