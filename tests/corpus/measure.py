"""Runs the detector over the corpus, in this process and under both names of each weight file."""

from __future__ import annotations

import multiprocessing
import posixpath
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from made import made_samples
from packages import Kind, Package, archive_of, corpus_folder, read_manifests, regular_files, unpacked

from bot.scanner.detect import detect
from bot.scanner.readers import FileReader, UnreadableError

RENAMED = "data.bin"
"""The name that says nothing, under which every weight file is asked for a second time."""
PROCESSES = 2
FETCHERS = 3
WEIGHTS = frozenset({Kind.PUBLISHED, Kind.HEADERLESS, Kind.MADE, Kind.ARCHIVE})
SLOW = 2.0
"""Seconds of the processor after which an answer counts as slow."""


@dataclass(frozen=True)
class Sample:
    """One file of the corpus and what it is meant to be."""

    file: str
    path: str
    """Path inside the package, the hint that the detector gets."""
    package: str
    kind: Kind
    meant: str
    """Format of a weight file, empty for another file."""


@dataclass(frozen=True)
class Answer:
    """What the detector said of one sample under one name."""

    sample: Sample
    is_renamed: bool
    format: str
    confidence: int
    """Value of `Confidence` where the file was called a weight, 0 where it was not."""
    error: str = ""
    """The exception of a detector that did not give a verdict, empty otherwise."""
    seconds: float = 0.0
    """Of the processor, so that a busy machine says nothing."""
    companions: tuple[str, ...] = ()
    """Paths in the package that the file names as parts of its model."""
    is_in_company: bool = False
    """Whether another file of the package names this one as a part of its model."""


def samples(packages: Sequence[Package]) -> list[Sample]:
    """Every file of the packages, fetched where it is missing, and the models made here."""
    corpus = corpus_folder()
    with ThreadPoolExecutor(FETCHERS) as fetchers:
        folders = list(fetchers.map(lambda package: unpacked(package, corpus), packages))
    found = [Sample(str(file), path, "made", kind, meant) for file, path, kind, meant in made_samples(corpus)]
    for package, folder in zip(packages, folders, strict=True):
        for file in regular_files(folder):
            path = file.relative_to(folder).as_posix()
            found.append(Sample(str(file), path, package.name, *package.label(path)))
        if package.registry != "debian" and (archive := archive_of(package, corpus)).exists():
            found.append(Sample(str(archive), package.archive, package.name, *package.label_of_archive()))
    return found


def ask(sample: Sample) -> list[Answer]:
    """The detector's answers for one sample: by its own name and, for a weight file, renamed."""
    return [_answer(sample, is_renamed=renamed) for renamed in ((False, True) if sample.kind in WEIGHTS else (False,))]


def measure(found: Sequence[Sample]) -> list[Answer]:
    """Ask for every sample, in two processes, with progress on standard error."""
    answers: list[Answer] = []
    started = time.monotonic()
    with multiprocessing.Pool(PROCESSES) as pool:
        for done, some in enumerate(pool.imap_unordered(ask, found, chunksize=40), 1):
            answers += some
            if done % 20_000 == 0:
                rate = done / (time.monotonic() - started)
                print(f"{done:,} of {len(found):,} files, {rate:,.0f} a second", file=sys.stderr, flush=True)
    return in_company(answers)


def in_company(answers: Sequence[Answer]) -> list[Answer]:
    """The answers, with a mark on the files that a neighbour names as parts of its model."""
    named = {(each.sample.package, path) for each in answers for path in each.companions if not path.endswith("/")}
    folders = {(each.sample.package, path) for each in answers for path in each.companions if path.endswith("/")}
    return [
        replace(each, is_in_company=True)
        if (each.sample.package, each.sample.path) in named
        or any((each.sample.package, f"{parent}/") in folders for parent in _parents(each.sample.path))
        else each
        for each in answers
    ]


def _answer(sample: Sample, *, is_renamed: bool) -> Answer:
    hint = posixpath.join(posixpath.dirname(sample.path), RENAMED) if is_renamed else sample.path
    started = time.process_time()
    try:
        detection = detect(hint, FileReader(sample.file))
    except UnreadableError:
        return Answer(sample, is_renamed, "unreadable", 0)
    except Exception as error:  # a parser that is not total must not end the measurement
        return Answer(sample, is_renamed, "", 0, f"{type(error).__name__}: {error}")
    seconds = time.process_time() - started
    if detection is None:
        return Answer(sample, is_renamed, "", 0, seconds=seconds)
    return Answer(
        sample,
        is_renamed,
        detection.format,
        int(detection.confidence) if detection.is_weight else 0,
        seconds=seconds,
        companions=() if is_renamed else tuple(_beside(sample.path, each) for each in detection.companions),
    )


def _beside(path: str, companion: str) -> str:
    """A companion's path in the package, with its final slash kept."""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), companion))
    return joined + "/" if companion.endswith("/") else joined


def _parents(path: str) -> list[str]:
    return [parent.as_posix() for parent in Path(path).parents]


def measured() -> list[Answer]:
    """The whole measurement of the manifests' packages."""
    return measure(samples(read_manifests()))
