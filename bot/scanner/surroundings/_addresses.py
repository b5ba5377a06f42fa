"""Addresses of weights: which ones are a model's, and which ones name one version for ever."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

ADDRESS = re.compile(r"https?://[^\s()<>\[\]\"'`{}\\|]{1,500}")
"""An address in running text; the signs that Markdown, shells and TOML put around one end it."""

_HUBS = re.compile(
    r"(?:www\.)?(?:"
    r"(?:huggingface\.co|hf\.co)/(?!(?:datasets|spaces|docs|papers|blog|posts|collections|join|learn|settings)(?:/|$))"
    r"[\w.-]+/[\w.-]+"
    r"|modelscope\.(?:cn|ai)/models/[\w.-]+/[\w.-]+"
    r"|civitai\.com/(?:models|api/download/models)/\d+"
    r"|kaggle\.com/models/[\w.-]+/[\w.-]+"
    r"|tfhub\.dev/[\w.-]+/.+"
    r"|github\.com/[\w.-]+/[\w.-]+/releases/.+"
    r"|zenodo\.org/(?:records?|api/records)/\d+"
    r"|download\.pytorch\.org/.+"
    r"|(?:alphacephei\.com/vosk/models|tests\.stockfishchess\.org/api/nn|data\.stockfishchess\.org/nn)/.+"
    r")",
    re.IGNORECASE,
)
"""Places that publish models, without the scheme."""

_COMMIT = re.compile(r"(?<![0-9a-fA-F])([0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-fA-F])")
_RELEASE = re.compile(r"/releases/download/(?!latest/)[^/]+/[^/]+")
_TAG = re.compile(
    r"/(?:resolve|raw|blob|tree|archive|tarball|zipball)/(?:refs/tags/[^/]+|v?\d+(?:\.\d+)+(?=[/.]|$))", re.I
)
_RECORD = re.compile(r"^(?:www\.)?zenodo\.org/(?:records?|api/records)/\d+", re.IGNORECASE)
_STOCKFISH = re.compile(r"/nn-[0-9a-f]{12}\.nnue$")
"""Stockfish's nets are named by the first twelve digits of their SHA-256."""


def without_end(address: str) -> str:
    """An address as found in text, without the sentence's own signs at its end."""
    return address.rstrip(".,;:!?*_~")


def publishes_models(address: str) -> bool:
    """True for the address of a model, or of a file of one, at a place that publishes models."""
    return _HUBS.match(_bare(address)) is not None


def file_of(address: str) -> str:
    """The name of the file that an address ends with, empty where it ends with none."""
    try:
        return urlsplit(address).path.rpartition("/")[2]
    except ValueError:
        return ""


def is_pinned(address: str) -> bool:
    """True where an address names one version for ever: a full commit id, a release, a numbered tag, a digest.

    Branches (`main`) and `latest` move. A tag can be moved too, but nobody does that by the way.
    """
    bare = _bare(address)
    path = bare.partition("/")[2]
    return any(pattern.search(f"/{path}") for pattern in (_COMMIT, _RELEASE, _TAG, _STOCKFISH)) or (
        _RECORD.match(bare) is not None
    )


def _bare(address: str) -> str:
    return address.partition("://")[2].partition("?")[0].partition("#")[0]
