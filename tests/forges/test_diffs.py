"""Git's own words for what differs, read back: real diffs of odd files, cut ones, and ones that lie."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from bot.forges.diffs import FileDiff, read_diff
from bot.sandbox.git import BareRepository, Content, GitFile, Signature

HOSTILE = 'a\n/merge "b" \\ c\t.txt'
LOOKS_LIKE_A_HEADER = b"diff --git a/x b/x\n@@ -1 +1 @@\n--- a/x\n+++ b/y\nrename to z\n\\ No newline at end of file\n"
BASE: dict[str, Content] = {
    "edited.txt": b"one\ntwo\n",
    "gone with a space.txt": b"bye\n",
    "moved.bin": b"\0moved" * 2000,
    "touched.bin": b"touched\0" * 2000,
    "run.sh": b"#!/bin/sh\n",
    "becomes-link": b"text\n",
}
HEAD: dict[str, Content] = {
    "edited.txt": b"one\n" + LOOKS_LIKE_A_HEADER,
    "gone with a space.txt": None,
    "moved.bin": None,
    "new/moved.bin": b"\0moved" * 2000,
    "touched.bin": None,
    "new/touched.bin": b"touched\0" * 1999 + b"evil\0\0\0\0",
    "run.sh": GitFile(b"#!/bin/sh\n", "100755"),
    "becomes-link": GitFile(b"edited.txt", "120000"),
    "added.md": LOOKS_LIKE_A_HEADER * 2,
    "bare.txt": b"no end",
    "carriage.txt": b"a\r\nb\r\n",
    "empty.txt": b"",
    "größe b/c.txt": b"odd\n",
    "a\udcff.bin": b"\0\1" * 50,
    HOSTILE: b"odd\n",
    "sub": GitFile(b"1" * 40, "160000"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> BareRepository:
    made = BareRepository.create(tmp_path_factory.mktemp("diffs") / "r.git", "main")
    who = Signature("Ada", "ada@sandbox.example", datetime(2026, 1, 1, tzinfo=UTC))
    made.commit("main", BASE, "diff --git a/x b/x", who)
    made.commit("main", HEAD, "Change", who)
    return made


@pytest.fixture(scope="module", params=["true", "false"], ids=["quoted", "bare"])
def diff(request: pytest.FixtureRequest, repository: BareRepository) -> bytes:
    return repository.run("-c", f"core.quotePath={request.param}", "diff", "-p", "main~1", "main")


def files_of(diff: bytes, *, whole: bool = True) -> dict[str, FileDiff]:
    return {file.path: file for file in read_diff(diff, whole=whole)}


def test_every_file_is_told_with_its_name_and_status(diff: bytes) -> None:
    assert {path: file.letter for path, file in files_of(diff).items()} == {
        "edited.txt": "M",
        "gone with a space.txt": "D",
        "new/moved.bin": "R",
        "new/touched.bin": "R",
        "run.sh": "M",
        "becomes-link": "T",
        "added.md": "A",
        "bare.txt": "A",
        "carriage.txt": "A",
        "empty.txt": "A",
        "größe b/c.txt": "A",
        "a\udcff.bin": "A",
        HOSTILE: "A",
        "sub": "A",
    }


def test_the_content_of_new_text_is_told_to_the_byte(diff: bytes) -> None:
    files = files_of(diff)
    for path in ("added.md", "bare.txt", "carriage.txt", "empty.txt", "größe b/c.txt", HOSTILE):
        assert files[path].added == HEAD[path]
    assert files["becomes-link"].added == b"edited.txt"
    assert files["a\udcff.bin"].added is None
    assert not files["a\udcff.bin"].is_text
    assert (files["edited.txt"].added, files["edited.txt"].is_text) == (None, True)


def test_only_what_brings_no_new_bytes_is_called_the_same(diff: bytes) -> None:
    files = files_of(diff)
    assert {path for path, file in files.items() if file.same_content} == {"new/moved.bin", "run.sh"}
    assert files["new/touched.bin"].previous_path == "touched.bin"
    assert {files[name].mode for name in ("becomes-link", "sub", "run.sh")} == {"120000", "160000", "100755"}


def test_a_first_commit_comes_with_its_message(repository: BareRepository) -> None:
    assert set(files_of(repository.run("show", "main~1"))) == set(BASE)


def test_of_a_diff_that_is_cut_the_whole_files_are_told(diff: bytes) -> None:
    whole = read_diff(diff, whole=True)
    for end in range(0, len(diff), 7):
        cut = read_diff(diff[:end], whole=False)
        # The deletion of a file that becomes a link may be the last that is whole.
        assert [file for file in cut if file.letter != "D"] == [
            file for file in whole[: len(cut)] if file.letter != "D"
        ][: len([file for file in cut if file.letter != "D"])]


def test_any_bytes_give_an_answer(diff: bytes) -> None:
    chance = random.Random(1)
    for _ in range(300):
        spoilt = bytearray(diff)
        for _ in range(5):
            start = chance.randrange(len(spoilt))
            spoilt[start : start + chance.randrange(9)] = chance.randbytes(chance.randrange(9))
        for file in read_diff(bytes(spoilt), whole=True):
            assert file.letter in "AMDRCT"


def test_a_hunk_that_counts_wrongly_is_no_text() -> None:
    head = b"diff --git a/m.txt b/m.txt\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/m.txt\n"
    (lied,) = read_diff(head + b"@@ -0,0 +1,9 @@\n+one\n", whole=True)
    assert (lied.is_text, lied.added) == (False, None)
