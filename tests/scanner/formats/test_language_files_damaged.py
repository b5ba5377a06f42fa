"""Real files of language, speech and vision formats, cut anywhere, or with their heads before endless bytes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader

DATA = Path(__file__).parent / "data" / "language"
FORMATS = {
    "bigram.arpa": "arpa",
    "ctranslate2.bin": "ctranslate2",
    "dlib-detector.svm": "dlib",
    "dlib-landmarks.dat": "dlib",
    "fasttext-labels.bin": "fasttext",
    "fasttext-labels.ftz": "fasttext",
    "fasttext-subwords.bin": "fasttext",
    "glove.txt": "word-vectors",
    "grammar.fst": "openfst",
    "irstlm-quantized.blm": "irstlm",
    "irstlm.blm": "irstlm",
    "kaldi-transform.mat": "kaldi",
    "kenlm-probing.bin": "kenlm",
    "kenlm-trie.bin": "kenlm",
    "labels.crfsuite": "crfsuite",
    "opencv-mlp.yml": "opencv-ml",
    "opencv-rtrees.xml": "opencv-ml",
    "opencv-svm.json": "opencv-ml",
    "opencv-svm.yml": "opencv-ml",
    "pieces.model": "sentencepiece",
    "vectors.vec": "word-vectors",
    "vectors.w2v": "word2vec",
}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_file_cut_anywhere_is_known_as_itself_or_not_at_all(name: str) -> None:
    content = (DATA / name).read_bytes()
    for kept in range(1, len(content), 1 + len(content) // 40):
        detection = detect("data.bin", BytesReader(content[:kept]))
        assert detection is None or detection.format == FORMATS[name]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_head_before_endless_bytes_is_left_in_time(name: str) -> None:
    content = (DATA / name).read_bytes()
    begun = time.process_time()
    for filler in (b"\0", b"\xff", b" 0.5"):
        detect("data.bin", BytesReader(content[:200] + filler * (400_000 // len(filler))))
    assert time.process_time() - begun < 10
