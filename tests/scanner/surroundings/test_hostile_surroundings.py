from __future__ import annotations

import os
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.scanner.surroundings import look_around

from ..evidence.conftest import MemoryTree
from .conftest import detection

NAMES = (
    *("README.md", "m/README.md", "m/MODEL_CARD.md", "m/config.json", "m/adapter_config.json", "m/a.pt.dvc", "NOTICE"),
    *("m/SHA256SUMS", "m/a.pt.sha256", "m/download.sh", "PKGBUILD", "LICENSES/x", "m/USE_POLICY.md", "m/train.py"),
)
PIECES = [
    *(b"---\n", b"license: mit\n", b"base_model: ", b"datasets:\n- ", b"[", b"]", b"{", b"}", b"&a ", b"*a", b"\n"),
    *(b"# Training\n", b"trained on ", b"(MIT)", b"](https://", b"https://x.org/a.pt", b"https://[", b"ab" * 32),
    *(b'{"_name_or_path": "', b'"}', b"deps:\n- ", b"path: ", b"a://b\n", b"repo: ", b"  ", b"\r\n", b"\xff", b"\0"),
    *(b"SHA256 (a.pt) = ", b"Built with Llama", b"```\n", b"1", b"null"),
]
CONTENT = st.binary(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(st.sampled_from(NAMES), CONTENT, max_size=5),
    st.lists(st.text(max_size=40), max_size=3),
    st.dictionaries(st.sampled_from(["source", "datasets"]), st.text(max_size=60)),
)
def test_whatever_the_files_hold_what_is_found_is_well_formed(
    files: dict[str, bytes], bases: list[str], metadata: dict[str, str]
) -> None:
    facts = detection(base_models=tuple(bases), metadata=metadata)
    found = look_around("m/a.pt", facts, MemoryTree({"m/a.pt": b"x"} | files))
    assert all(base.name and len(base.name) <= 200 for base in found.base_models)
    assert all(dataset.name and len(dataset.name) <= 200 for dataset in found.datasets)
    assert all(origin.url or origin.sha256 for origin in found.origins)
    lined = (*found.base_models, *found.datasets, *found.origins, *found.training)
    assert all(one.line is None or one.line >= 1 for one in lined)


def test_a_path_that_is_not_utf8_is_a_path_like_any_other() -> None:
    path = os.fsdecode(b"m\xff/a\xfe.pt")
    folder = os.fsdecode(b"m\xff")
    tree = MemoryTree({path: b"x", f"{folder}/MODEL_CARD.md": b"x", f"{path}.sha256": b"ab" * 32})
    found = look_around(path, detection(), tree)
    assert found.card == f"{folder}/MODEL_CARD.md"
    assert found.origins[0].sha256 == "ab" * 32


def test_files_made_to_take_long_do_not() -> None:
    pieces = (
        b"[",
        b"(",
        b"trained on ",
        b"fine-tuned version of ",
        b"https://x.org/",
        b"a" * 64,
        b"- ",
        b"\x00",
        b"train_",
    )
    start = time.perf_counter()
    for piece in pieces:
        text = b"# Data\n" + piece * (60_000 // len(piece))
        names = ("m/MODEL_CARD.md", "m/SHA256SUMS", "m/download.sh", "NOTICE", "m/config.json", "m/a.pt.dvc")
        look_around("m/a.pt", detection(), MemoryTree({"m/a.pt": b"x"} | dict.fromkeys(names, text)))
    assert time.perf_counter() - start < 5


def test_many_weights_cost_little_more_than_one() -> None:
    sums = b"".join(b"%064x  %d.pt\n" % (number, number) for number in range(500))
    weights = {f"m/{number}.pt": b"x" for number in range(500)}
    tree = MemoryTree(weights | {"m/README.md": b"---\nlicense: mit\n---\n# A\n", "m/SHA256SUMS": sums})
    found = [look_around(path, detection(), tree) for path in weights]
    assert [one.origins[0].sha256 for one in found] == [f"{number:064x}" for number in range(500)]
    assert tree.reads.count("m/SHA256SUMS") == tree.reads.count("m/README.md") == 1
