"""Data of the training: `datasets` in the card, what GGUF files say, and sentences such as "trained on ..."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.scanner.evidence._files import once_per_tree
from bot.scanner.surroundings._cards import Card, card_at, card_of
from bot.scanner.tree import Tree
from bot.scanner.wording import shown
from rules.facts import Detection
from rules.licenses import normalise
from rules.surroundings import Dataset, Surroundings

NAMES_LIMIT = 64
"""Data sets of one place; the longest lists on the hub have some dozens."""
PROSE_LIMIT = 16
"""Data sets taken from sentences of one card."""

_SPEAKS = re.compile(
    r"\b(?:trained|tuned)\s+(?P<how>on|with|using)\s+(?P<what>.+)|"
    r"\bfine-?tuned version of .{1,400}?\s(?P<then>on)\s+(?P<after>.+)",
    re.IGNORECASE,
)
"""The second form is the one that the Trainer of transformers writes into cards."""
_DATA = re.compile(r"\b(data|data ?sets?|corpus|corpora|recordings|images|books|wikipedia)\b", re.IGNORECASE)
_TITLE = re.compile(r"^(training\s+)?(data|data ?sets?)(\s+sources?)?$", re.IGNORECASE)
_LINK = re.compile(r"\[(?P<text>[^\[\]]{1,200})\]\((?P<url>https?://[^\s()]{1,500})\)")
_ADDRESS = re.compile(r"https?://[^\s()<>\"'`]{1,500}")
_OF_HUB = re.compile(r"^https?://(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/(?P<id>[\w.-]+(?:/[\w.-]+)?)")
_MACHINES = re.compile(
    r"\b(gpus?|tpus?|cpus?|[ahvt]\d{1,3}s?|rtx|nodes?|cluster|machines?|hours|steps|epochs|colab|deepspeed|trainer|trl|"
    r"unsloth|axolotl|lora|qlora|pytorch|tensorflow|jax|mixed precision|bf16|fp16|top of|base model|scratch|none|"
    r"unknown|private|proprietary|undisclosed)\b",
    re.IGNORECASE,
)
"""What models are trained on or with that is no data, or none that has a name."""
_END = re.compile(r"[.;:(\[](\s|$)|[;(\[]|,\s+(which|and then|using|with|for)\b")
_BRACKETED = re.compile(r"\(([^()]{2,80})\)")


def find(path: str, detection: Detection, tree: Tree) -> Surroundings:
    """Every data set that is named, the card's list first."""
    card = card_of(path, tree)
    listed, told = _of_card(card.path, tree) if card is not None else ((), ())
    named = [*listed, *(Dataset(name, path) for name in _in_metadata(detection))]
    known = {dataset.name.lower() for dataset in named}
    for dataset in told:
        if dataset.name.lower() not in known:
            known.add(dataset.name.lower())
            named.append(dataset)
    return Surroundings(datasets=tuple(named))


@once_per_tree
def _of_card(path: str, tree: Tree) -> tuple[Sequence[Dataset], Sequence[Dataset]]:
    """What the card at a path lists, and what its sentences name."""
    card = card_at(path, tree)
    return list(_in_card(card)), list(_in_prose(card))


def _in_card(card: Card) -> Iterator[Dataset]:
    value = card.matter.get("datasets")
    if isinstance(value, list):
        for index, item in enumerate(value[:NAMES_LIMIT]):
            if isinstance(item, str) and item.strip():
                yield Dataset(shown(item), card.path, card.line("datasets", index))
    elif isinstance(value, str) and value.strip():
        yield Dataset(shown(value), card.path, card.line("datasets"))


def _in_metadata(detection: Detection) -> Iterator[str]:
    named = detection.metadata.get("datasets", "").split(", ")
    yield from dict.fromkeys(shown(name) for name in named[:NAMES_LIMIT] if name.strip())


def _in_prose(card: Card) -> Iterator[Dataset]:
    count = 0
    for section in card.sections:
        about_data = _TITLE.match(section.title) is not None
        for number, line in section.lines:
            spoken = _SPEAKS.search(line)
            if spoken is None and not about_data:
                continue
            clause = _clause(spoken) if spoken is not None else None
            if clause is None and not about_data:
                continue
            for dataset in _named(clause, line, card.path, number):
                yield dataset
                count += 1
                if count == PROSE_LIMIT:
                    return


def _clause(spoken: re.Match[str]) -> str | None:
    """What stands behind "trained on"; behind "with" and "using" only where it speaks of data."""
    clause: str = spoken["what"] or spoken["after"]
    is_data = (spoken["how"] or spoken["then"]).lower() == "on" or _DATA.search(clause) is not None
    return clause if is_data else None


def _named(clause: str | None, line: str, path: str, number: int) -> Iterator[Dataset]:
    """The data sets of a line: those that it links, or else the words of the clause itself."""
    license_ = _license(line)
    words = line if clause is None else clause
    addresses = [link["url"] for link in _LINK.finditer(words)] or _ADDRESS.findall(words)
    names = [hub["id"] if (hub := _OF_HUB.match(address)) else address.rstrip(".,") for address in addresses]
    if not names and clause is not None and (name := _first_words(clause)) is not None:
        names = [name]
    for name in names:
        yield Dataset(shown(name), path, number, license_ if len(names) == 1 else None)


def _first_words(clause: str) -> str | None:
    end = _END.search(clause)
    words = shown((clause[: end.start()] if end else clause).strip(" *_`.,"))
    return None if not words or _MACHINES.search(words) else words


def _license(line: str) -> str | None:
    """A licence in brackets beside the name: (CC BY-NC 4.0)."""
    for bracketed in _BRACKETED.finditer(line):
        words = re.sub(r"^(licensed under|licence|license)[:\s]+(the\s+)?", "", bracketed[1].strip(), flags=re.I)
        if "://" not in words and (normalise(words).expression or normalise(words).family):
            return shown(words)
    return None
