"""How the weights were trained: sections of the card, and programs and settings of a training in the repository."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from bot.scanner.evidence._files import directories_above, once_per_tree
from bot.scanner.surroundings._cards import Card, card_at, card_of
from bot.scanner.tree import EntryKind, Tree
from rules.facts import Detection
from rules.surroundings import Surroundings, Training

PROGRAMS_LIMIT = 8
"""Programs that are named for one directory."""

_TITLE = re.compile(
    r"(how (it|this model|the model) was trained|(model )?(fine-?tuning|training)"
    r"( (procedure|details?|recipe|process|setup|regime|hyper-?parameters|configuration|config|script|code))?"
    r"|hyper-?parameters|reproduc(ing|tion|ibility)|training and evaluation( data)?)",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"\[?more information needed\]?|todo|tbd|n/?a|coming soon\.?|<!--.*", re.IGNORECASE)
"""What templates leave where nothing was written (huggingface_hub, modelcard_template.md)."""

_PROGRAM = re.compile(
    r"((pre|fine[-_]?)?(train|tune|tuning|training)([-_].{1,80})?|.{1,80}[-_](pre|fine[-_]?)?(train|tune|training)|"
    r"pretrain(ing)?([-_].{1,80})?|finetun(e|ing)([-_].{1,80})?)"
    r"\.(py|sh|ipynb|lua|jl|r|c|cc|cpp|cu|rs|m|ya?ml|toml|json|cfg|conf|ini|gin|slurm)|"
    r"(training[-_]args|trainer[-_]state|train(ing)?[-_]config)\.(bin|json|ya?ml|toml)|dvc\.ya?ml",
    re.IGNORECASE,
)
_FOLDERS = frozenset({"train", "training", "finetune", "finetuning", "fine-tuning", "pretrain", "pretraining"})
_TESTS = re.compile(r"(^|[-_.])tests?([-_.]|$)", re.IGNORECASE)
"""A test of the training is no training."""


def find(path: str, _detection: Detection, tree: Tree) -> Surroundings:
    """Descriptions first, then programs, the nearest first."""
    card = card_of(path, tree)
    described = _described(card.path, tree) if card is not None else ()
    programs = [
        Training(program, is_program=True)
        for directory in directories_above(path)
        for program in _programs(directory, tree)
        if program != path
    ]
    return Surroundings(training=(*described, *programs))


@once_per_tree
def _described(path: str, tree: Tree) -> Sequence[Training]:
    return list(_sections(card_at(path, tree)))


def _sections(card: Card) -> Iterator[Training]:
    """Sections about training with at least a line in them, or in the section below."""
    for index, section in enumerate(card.sections):
        if not _TITLE.fullmatch(section.title.strip(" *_:.")):
            continue
        following = card.sections[index + 1 : index + 2]
        lines = [line for part in (section, *following) for _, line in part.lines]
        if any(line and not _EMPTY.fullmatch(line.strip(" *_-.")) for line in lines):
            yield Training(card.path, section.line)


@once_per_tree
def _programs(directory: str, tree: Tree) -> Sequence[str]:
    found = []
    for entry in sorted(tree.entries(directory), key=lambda entry: entry.path):
        name = posixpath.basename(entry.path)
        if entry.kind is EntryKind.DIRECTORY and name.lower() in _FOLDERS:
            found.append(f"{entry.path}/")
        elif entry.kind is EntryKind.FILE and _PROGRAM.fullmatch(name) and not _TESTS.search(name) and entry.size != 0:
            found.append(entry.path)
    return found[:PROGRAMS_LIMIT]
