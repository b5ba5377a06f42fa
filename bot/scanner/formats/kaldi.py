r"""Kaldi: models as a row of tokens (`<TransitionModel>`, `<Nnet3>`, ...) with numbers between, and bare matrices.

Binary files begin with `\0B`. A token ends with a space. Source: src/base/io-funcs.h, src/hmm/transition-model.cc,
src/gmm, src/nnet*, src/ivector and src/matrix/kaldi-matrix.cc of Kaldi.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.floats import are_modest_floats
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Kaldi model"
SUFFIXES = ()
_FIRST = (
    rb"(?:TransitionModel|Nnet3?|DiagGMM(?:Begin)?|FullGMM(?:Begin)?|DIAGGMM|NUMPDFS|IvectorExtractor|Plda|SGMM"
    rb"|SamplingLm|DIMENSION|Components|ChainModel|LinearTransform)"
)
MARK = rb"(?:\0B<" + _FIRST + rb"> |<" + _FIRST + rb"> |\0B[FDC]M[23]? )"

_BEGIN = re.compile(MARK, re.DOTALL)
_TOKEN = re.compile(rb"<([!/]?[A-Za-z][A-Za-z0-9_]{1,60})> ")
_OWN = re.compile(
    rb"Topology|GCONSTS|w_vec|NumComponents|!EndOfComponent|LearnRateCoef|BiasParams|LinearParams|AddShift|Rescale"
    rb"|AffineTransform|[A-Z]\w+Component|LogProbs"
)
"""Tokens that no markup of another kind has."""
_ARCHITECTURES = (
    (b"Nnet3", "neural network (nnet3)"),
    (b"Nnet", "neural network"),
    (b"IvectorExtractor", "i-vector extractor"),
    (b"Plda", "probabilistic linear discriminant analysis"),
    (b"SGMM", "subspace Gaussian mixtures"),
    (b"DiagGMM", "Gaussian mixtures"),
    (b"FullGMM", "Gaussian mixtures"),
    (b"TransitionModel", "hidden Markov model"),
)
_ACOUSTIC = "/am/final.mdl"
_VOSK = ("../graph/", "../ivector/", "../rescore/", "../rnnlm/")
"""Folders beside `am` in a model of Vosk ("Models", vosk-api)."""
_EXTRACTOR = frozenset({"final.ie", "final.dubm", "final.mat", "global_cmvn.stats"})
"""Files of an i-vector extractor, which are opened together."""
_STATISTICS = re.compile(r"cmvn|stats?\b|feats?\b|\.ark$|\.scp$")
_LONGEST = 2**24
"""Rows or columns of the largest matrix that is believed where it is cut off."""
_SAMPLE = 4096
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds tokens and numbers only",))


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A model by its tokens, a matrix by its size; None for everything else."""
    head = blob.head
    if head[:2] == b"\0B" and head[2:3] != b"<":
        return _matrix(path, blob)
    tokens = Counter(_TOKEN.findall(head))
    if not tokens or _BEGIN.match(head) is None:
        return None
    if head[:1] == b"<" and not _is_kaldi_text(head, tokens):
        return None
    known = len(tokens) > 1
    components = {
        name.decode("ascii"): count
        for name, count in tokens.items()
        if name.endswith((b"Component", b"Transform")) and not name.startswith(b"/")
    }
    first = next(iter(tokens))
    metadata = {
        "architecture": next((words for name, words in _ARCHITECTURES if name in tokens or first.startswith(name)), "")
    }
    if components:
        metadata["components"] = tally(components)
    return Detection(
        format="kaldi",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if known else Confidence.PROBABLE,
        loading=_LOADING,
        metadata={name: value for name, value in metadata.items() if value},
        companions=_companions(path),
        remarks=() if known else ("It ends after its first token, or the rest is of another form.",),
    )


def _is_kaldi_text(head: bytes, tokens: Counter[bytes]) -> bool:
    """True where the tokens are Kaldi's and not the elements of a markup."""
    return any(_OWN.fullmatch(token) for token in tokens) and b'="' not in head[:4096] and b" [" in head


def _companions(path: str) -> tuple[str, ...]:
    """The other files of an i-vector extractor, or the folders of a Vosk model, where it is part of one by name."""
    own = posixpath.basename(path)
    if f"/{path}".endswith(_ACOUSTIC):
        return _VOSK
    return tuple(sorted(_EXTRACTOR - {own})) if own in _EXTRACTOR else ()


def _matrix(path: str, blob: BoundedReader) -> Detection | None:
    """A bare matrix: a transform of features, or features and statistics; the bytes do not tell which."""
    pages = Pages(blob, 0)
    try:
        kind = pages.read(2, 2)
        sizes = pages.read(4, 11)
    except DamagedError:
        return None
    if kind == b"CM" or sizes[:2] != b" \x04" or sizes[6] != 4:
        return None
    rows, columns = int.from_bytes(sizes[2:6], "little"), int.from_bytes(sizes[7:11], "little")
    width = 4 if kind == b"FM" else 8
    if not 0 < rows < 2**31 or not 0 < columns < 2**31 or 15 + rows * columns * width < blob.size:
        return None
    cut = 15 + rows * columns * width > blob.size
    if cut and not (kind == b"FM" and max(rows, columns) < _LONGEST and are_modest_floats(blob.head[15:_SAMPLE])):
        return None
    name = posixpath.basename(path).lower()
    statistics = rows == 2 or bool(_STATISTICS.search(name))
    transform = not statistics and name.endswith(".mat")
    return Detection(
        format="kaldi",
        title="Kaldi matrix",
        is_weight=not statistics,
        confidence=Confidence.CERTAIN if statistics else Confidence.PROBABLE if transform else Confidence.POSSIBLE,
        loading=_LOADING,
        parameters=None if cut else rows * columns,
        tensors=1,
        metadata={"shape": f"{rows:,} x {columns:,}", "dtypes": "F32 (1)" if width == 4 else "F64 (1)"},
        companions=_companions(path) if not statistics else (),
        remarks=_remarks_of_matrix(cut=cut, statistics=statistics),
    )


def _remarks_of_matrix(*, cut: bool, statistics: bool) -> tuple[str, ...]:
    remarks = ["It is cut off: not all of its rows are there."] if cut else []
    return tuple(remarks if statistics else [*remarks, "A matrix alone may be a trained transform or features."])
