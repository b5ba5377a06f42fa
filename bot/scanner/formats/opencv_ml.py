"""Models of OpenCV's machine learning and face recognition modules, as XML, YAML or JSON of its FileStorage.

Source: modules/ml/src and modules/face/src of opencv and opencv_contrib: each class writes its own name.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "OpenCV model"
SUFFIXES = ()
MARK = rb"(?:(?:\xef\xbb\xbf)?\s{0,8}<(?:\?xml|opencv_storage|!--)|%YAML|\{\s{0,20}\"(?:opencv[_-]|my_))"
LEAST = 64

_HEAD = 16 * 1024
_NAME = re.compile(
    rb"opencv[-_](?:ml[-_](svm_?sgd|svm|ann[-_]mlp|knn|nbayes|bayesian|em|lr|dtree|rtrees|tree|boost[-_]tree|boost"
    rb"|boost_tree|gbt|knearest)|(lbphfaces|eigenfaces|fisherfaces|facemark\w{0,10})|(object-detector-hog))\b"
)
_KINDS = {
    "svm": "support vectors",
    "svmsgd": "support vectors",
    "ann-mlp": "multilayer perceptron",
    "knn": "nearest neighbours",
    "nbayes": "naive Bayes",
    "em": "Gaussian mixtures",
    "lr": "logistic regression",
    "dtree": "decision tree",
    "tree": "decision tree",
    "rtrees": "random trees",
    "boost": "boosted trees",
    "lbphfaces": "faces by local binary patterns",
    "eigenfaces": "faces by principal components",
    "landmarks": "face landmarks by local binary features",
    "fisherfaces": "faces by discriminant analysis",
}
_LANDMARK_KEYS = (b"stages_n", b"tree_n", b"tree_depth", b"n_landmarks")
"""What `FacemarkLBF` writes first; it has no name of its own."""
_NUMBERS = re.compile(rb"opencv-matrix|decision_functions|support_vectors|weights|trees|nodes|histograms|layer_sizes")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format is a tree of names and numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model that names its class; None for matrices, calibrations and every other file of these forms."""
    head = blob.head[:_HEAD]
    start = head.find(b"<opencv_storage") if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<" else 0
    name = _NAME.search(head, start, start + 1024) if start >= 0 else None
    if name is not None:
        kind = next(group for group in name.groups() if group).decode("ascii").replace("_", "-")
    elif start >= 0 and all(key in head[start : start + 1024] for key in _LANDMARK_KEYS):
        kind = "landmarks"
    else:
        return None
    numbers = _NUMBERS.search(blob.head, name.end() if name else start) is not None
    return Detection(
        format="opencv-ml",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if numbers else Confidence.PROBABLE,
        loading=_LOADING,
        metadata={"architecture": _KINDS.get(kind, kind)},
        remarks=() if numbers else ("No numbers were found in its first part: it is cut off, or was never trained.",),
    )
