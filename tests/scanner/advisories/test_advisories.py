"""Stories about lists of known bad weights, sound and broken."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.scanner import advisories
from bot.scanner.advisories import AdvisoryIndex, files, read_advisories, with_advisories
from rules.facts import (
    Artifact,
    ChangeStatus,
    Confidence,
    Detection,
    Facts,
    LoadingSafety,
    LoadingVerdict,
    Part,
    Pointer,
)

BAD, WORSE, OTHER = "BD" * 32, "ee" * 32, "0f" * 32


def record(affected: Any = None, **fields: Any) -> dict[str, Any]:
    return {"id": "WB-2026-1", "modified": "2026-01-01T00:00:00Z", "affected": affected or [], **fields}


def read(path: Path, content: str | bytes | Any) -> AdvisoryIndex:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_advisories([path])


def artifact(sha256: str | None = None, pointer: Pointer | None = None, parts: tuple[Part, ...] = ()) -> Artifact:
    detection = Detection("pickle", "pickle", True, Confidence.CERTAIN, LoadingVerdict(LoadingSafety.UNKNOWN))
    return Artifact("m.pt", ChangeStatus.ADDED, detection, 10, 10, "a" * 40, sha256, pointer=pointer, parts=parts)


def test_a_plain_list_is_what_sha256sum_prints_or_what_a_person_writes(tmp_path: Path) -> None:
    text = f"# ours\n\n{BAD}  opens a shell\n{WORSE} *voice.pt\r\nsha256:{OTHER}\n"
    index = read(tmp_path / "bad.txt", text)
    assert index.problems == ()
    said = {digest: advisory.summary for digest, (advisory,) in index.by_digest.items()}
    assert said == {BAD.lower(): "opens a shell", WORSE: "voice.pt", OTHER: "no reason is given"}
    (advisory,) = index.by_digest[BAD.lower()]
    assert (advisory.id, advisory.source) == ("line 3", "bad.txt")


def test_a_line_that_is_no_digest_is_named_and_the_others_count(tmp_path: Path) -> None:
    index = read(tmp_path / "bad.txt", f"abc  too short\n{BAD}  bad\n{BAD}00 too long\n")
    assert list(index.by_digest) == [BAD.lower()]
    assert [problem.partition(": ")[2][:6] for problem in index.problems] == ["line 1", "line 3"]


@pytest.mark.parametrize(
    "affected",
    [
        {"package": {"ecosystem": "x", "name": "m", "purl": f"pkg:generic/m?checksum=sha1:ab,sha256:{BAD}&a=b#c"}},
        {"package": {"purl": f"pkg:huggingface/a/b@c?checksum=sha256%3A{BAD}"}},
        {"versions": ["1.0", f"sha256:{BAD}"]},
        {"database_specific": {"sha256": BAD}},
        {"ecosystem_specific": {"sha256": [OTHER, BAD]}},
        {"database_specific": {"digests": {"md5": "ab", "sha256": BAD}}},
        {"database_specific": {"hashes": [f"SHA256:{BAD}"]}},
    ],
)
def test_a_record_names_digests_in_any_of_the_places_of_our_reading(tmp_path: Path, affected: Any) -> None:
    assert BAD.lower() in read(tmp_path / "one.json", record([affected])).by_digest


@pytest.mark.parametrize(
    "broken",
    [
        record(database_specific={"malicious-packages-origins": [{"source": "x", "sha256": BAD}], "sha256": BAD}),
        record([{"package": {"purl": f"pkg:oci/image@sha256:{BAD}"}}]),
        record([{"versions": [BAD]}]),
        record([{"database_specific": {"sha256": 7, "digests": [7, None], "hashes": "x"}}, 3, None]),
        record("nonsense"),
        record([{"versions": [f"sha256:{BAD}"]}], withdrawn="2026-02-01T00:00:00Z"),
    ],
)
def test_a_digest_of_something_else_or_a_withdrawn_record_warns_of_nothing(tmp_path: Path, broken: Any) -> None:
    index = read(tmp_path / "one.json", broken)
    assert (dict(index.by_digest), index.problems) == ({}, ())


def test_a_warning_carries_its_summary_and_the_page_that_explains_it(tmp_path: Path) -> None:
    whole = record(
        [{"versions": [f"sha256:{BAD}"]}],
        details="Opens a shell.\nMore.",
        references=[{"type": "WEB", "url": "https://a.example"}, {"type": "ADVISORY", "url": "https://b.example"}, 1],
    )
    ((advisory,),) = read(tmp_path / "feed.json", whole).by_digest.values()
    assert (advisory.summary, advisory.url, advisory.source) == ("Opens a shell.", "https://b.example", "feed.json")


def test_a_feed_may_be_a_list_an_api_answer_a_folder_or_a_zip(tmp_path: Path) -> None:
    one, two = (record([{"versions": [f"sha256:{digest}"]}]) for digest in (BAD, WORSE))
    folder = tmp_path / "feed"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps(one))
    (folder / "deep" / "b.json").write_text(json.dumps(two))
    (folder / "README.md").write_text("no feed")
    (folder / "link.json").symlink_to("/etc/passwd")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.json", json.dumps(one))
        archive.writestr("deep/b.json", json.dumps(two))
        archive.writestr("notes.txt", "no feed")
    (tmp_path / "list.json").write_text(json.dumps([one, two]))
    (tmp_path / "answer.json").write_text(json.dumps({"vulns": [one, two]}))
    for name in ("feed", "all.zip", "list.json", "answer.json"):
        index = read_advisories([tmp_path / name])
        assert (set(index.by_digest), index.problems) == ({BAD.lower(), WORSE}, ()), name


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "it is not the JSON that it begins as"),
        (b"[" * 200_000, "it is not the JSON that it begins as"),
        (b'{"id": 7}', "has no id"),
        (b"[null, 3]", "has no id"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "it is not the JSON that it begins as"),
        (b"PK\x05\x06" + bytes(18), None),
        (b"PK\x03\x04broken", "does not begin with a SHA-256"),
        (bytes(range(256)), "does not begin with a SHA-256"),
        (b"", None),
    ],
)
def test_whatever_a_file_holds_is_an_index_or_a_named_problem(
    tmp_path: Path, content: bytes, problem: str | None
) -> None:
    index = read(tmp_path / "feed", content)
    assert dict(index.by_digest) == {}
    assert problem is None if not index.problems else problem is not None and problem in index.problems[0]
    assert all(str(tmp_path / "feed") in said for said in index.problems)


def test_a_list_that_is_missing_or_too_large_is_named_and_the_others_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILE_LIMIT", 100)
    (tmp_path / "good.txt").write_text(f"{BAD}  bad\n")
    (tmp_path / "large.txt").write_text(f"{WORSE}  bad\n" * 9)
    index = read_advisories([tmp_path / "none.txt", tmp_path / "large.txt", tmp_path / "good.txt"])
    assert list(index.by_digest) == [BAD.lower()]
    assert [problem.partition(": ")[2] for problem in index.problems] == [
        "No such file or directory",
        "it has more than 100 bytes",
    ]


def test_an_archive_of_too_many_files_is_read_as_far_as_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILES_LIMIT", 2)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}.json", json.dumps(record([{"versions": [f"sha256:{number:064x}"]}])))
    index = read_advisories([tmp_path / "all.zip"])
    assert len(index.by_digest) == 2
    assert "only the first 2 files are used" in index.problems[0]


def test_digests_beyond_the_limit_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "DIGESTS_LIMIT", 2)
    index = read(tmp_path / "bad.txt", "".join(f"{number:064x}  bad\n" for number in range(5)))
    assert len(index.by_digest) == 2
    assert index.problems == ("only the first 2 digests are used",)


def test_every_file_of_an_artifact_is_looked_up_and_a_warning_is_told_once(tmp_path: Path) -> None:
    index = read(tmp_path / "bad.txt", f"{BAD}  bad\n{WORSE}  worse\n")
    shard = Part("m-2.pt", 1, 1, "b" * 40, sha256=BAD.lower())
    far = Part("m-3.pt", 1, 1, "c" * 40, pointer=Pointer("git-lfs", "sha256", WORSE, 1))
    md5 = Pointer("dvc", "md5", "ab" * 16, 1)
    facts = Facts((artifact(BAD, parts=(shard, far)), artifact(OTHER), artifact(pointer=md5)), 3)
    first, *others = with_advisories(facts, index).artifacts
    assert [advisory.summary for advisory in first.advisories] == ["bad", "worse"]
    assert [one.advisories for one in others] == [(), ()]
    assert with_advisories(facts, AdvisoryIndex()) is facts
    (gone,) = with_advisories(Facts((), 0, past=(artifact(BAD),)), index).past
    assert [advisory.summary for advisory in gone.advisories] == ["bad"]
