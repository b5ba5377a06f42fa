"""Pointers as their tools write them, damaged ones, and texts that only look alike."""

from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scanner.pointers import POINTER_LIMIT, pointers_in
from bot.scanner.readers import BytesReader
from rules.facts import Pointer

DIGEST = hashlib.sha256(b"weights").hexdigest()
KEY = f"SHA256E-s31390--{DIGEST}.pt"
LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{DIGEST}\nsize 7\n"
DVC = "outs:\n- md5: a304afb96060aad90176268345e10355\n  size: 4096\n  hash: md5\n  path: model.pt\n"
LOCK = """schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - path: train.py
      md5: 5a0cf2fcb9b5fe0d2f0d2ba5e6e0b6e1
      size: 120
    outs:
    - path: out/model.pt
      hash: md5
      md5: a304afb96060aad90176268345e10355
      size: 44000
    - path: out/eval
      hash: md5
      md5: 12345678901234567890123456789012.dir
      size: 900
      nfiles: 3
"""
XET = f"# xet version 0\nfilesize = 300\nhash = '{DIGEST}'\n"


def pointers(path: str, text: str | bytes) -> list[Pointer]:
    return list(pointers_in(path, BytesReader(text if isinstance(text, bytes) else text.encode())))


def test_a_pointer_of_git_lfs_tells_digest_and_size() -> None:
    assert pointers("model.pt", LFS) == [Pointer("git-lfs", "sha256", DIGEST, 7)]


def test_extensions_and_older_addresses_are_taken() -> None:
    older = LFS.replace("git-lfs.github.com", "hawser.github.com")
    assert pointers("a", older)[0].fault is None
    extended = LFS.replace("oid", f"ext-0-foo sha256:{DIGEST}\noid")
    assert pointers("a", extended) == [Pointer("git-lfs", "sha256", DIGEST, 7)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LFS.replace(DIGEST, DIGEST[:-1]), "oid sha256"),
        (LFS.replace(DIGEST, DIGEST.upper()), "oid sha256"),
        (LFS.replace("sha256:", "md5:"), "oid sha256"),
        (LFS.replace("size 7", "size seven"), "size"),
        (LFS.replace("size 7\n", ""), "size"),
        (LFS.replace("size 7", "size " + "9" * 40), "size"),
        (LFS.replace("\n", "\r\n"), "carriage returns"),
        (LFS + "just words\nand more!\n" + "!", "no key and value"),
        (LFS.replace("oid", "<<<<<<< HEAD\noid"), "merge conflict"),
    ],
)
def test_a_damaged_pointer_of_git_lfs_says_what_is_wrong(text: str, reason: str) -> None:
    (pointer,) = pointers("model.pt", text)
    assert reason in (pointer.fault or "")


@pytest.mark.parametrize("text", ["version 1\n", "version https://example.org/spec\noid x\n", "", "\0", LFS[1:]])
def test_other_texts_are_no_pointers_of_git_lfs(text: str) -> None:
    assert pointers("model.pt", text) == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"../.git/annex/objects/Xx/Yy/{KEY}/{KEY}", ("sha256", DIGEST, 31390)),
        (f".git/annex/objects/a/b/SHA256-s9--{DIGEST}/SHA256-s9--{DIGEST}", ("sha256", DIGEST, 9)),
        (f"/annex/objects/SHA256E-s7--{DIGEST}.safetensors\n", ("sha256", DIGEST, 7)),
        (f"/annex/objects/MD5E-s12--{DIGEST[:32]}.tar.gz\n", ("md5", DIGEST[:32], 12)),
        ("/annex/objects/WORM-s3-m1289672605--model.bin\n", ("worm", "model.bin", 3)),
        ("/annex/objects/URL--http&c%%example.org%model.bin\n", ("url", "http&c%%example.org%model.bin", None)),
    ],
)  # fmt: skip
def test_a_link_or_pointer_of_git_annex_tells_what_its_key_tells(
    target: str, expected: tuple[str, str, int | None]
) -> None:
    assert pointers("model.pt", target) == [Pointer("git-annex", *expected)]


@pytest.mark.parametrize("key", ["SHA256E-s7--0123.pt", "nonsense", "sha256-s7--abc"])
def test_a_damaged_key_of_git_annex_is_told(key: str) -> None:
    (pointer,) = pointers("model.pt", f"/annex/objects/{key}\n")
    assert pointer.fault


def test_a_dvc_file_names_its_output_beside_itself() -> None:
    (pointer,) = pointers("models/model.pt.dvc", DVC)
    assert pointer == Pointer("dvc", "md5", "a304afb96060aad90176268345e10355", 4096, path="models/model.pt")


def test_a_dvc_lock_names_the_outputs_of_all_stages_and_not_what_they_depend_on() -> None:
    found = pointers("dvc.lock", LOCK)
    assert [(pointer.path, pointer.size, pointer.fault) for pointer in found] == [
        ("out/model.pt", 44000, None),
        ("out/eval", 900, None),
    ]


@pytest.mark.parametrize("text", [DVC.replace("a304", "zzzz"), DVC.replace("path:", "pfad:"), "outs:\n- {[\n"])
def test_a_damaged_dvc_file_is_told(text: str) -> None:
    (pointer,) = pointers("m.dvc", text)
    assert pointer.fault


def test_a_working_directory_moves_the_output() -> None:
    (pointer,) = pointers("a/m.dvc", "wdir: ../b\n" + DVC)
    assert pointer.path == "b/model.pt"


def test_a_pointer_of_git_xet_tells_hash_and_size() -> None:
    assert pointers("model.pt", XET) == [Pointer("xet", "xet", DIGEST, 300)]
    (broken,) = pointers("model.pt", XET.replace("filesize = 300", "filesize = -3"))
    assert broken.fault
    assert pointers("notes.md", "# xet is a store\n") == []


@given(
    content=st.binary(max_size=3000),
    start=st.sampled_from([b"", LFS[:60].encode(), b"/annex/objects/", b"# xet version 0\n", b"outs:\n- "]),
)
def test_any_bytes_give_an_answer(content: bytes, start: bytes) -> None:
    for path in ("a", "a.dvc", "dvc.lock"):
        for pointer in pointers(path, start + content):
            assert pointer.digest or pointer.fault or pointer.algorithm


def test_a_file_made_to_take_long_is_left_in_time() -> None:
    begun = time.monotonic()
    pointers("dvc.lock", b"outs:\n" + b"- {path: a, md5: b}\n" * (POINTER_LIMIT // 21))
    pointers("a", b"/annex/objects/" + b"A-s1" * 7000)
    assert time.monotonic() - begun < 20
