"""PMML, the Predictive Model Markup Language: one or more trained models as XML.

Source: the schema of PMML 4.4 of the Data Mining Group (root `PMML`, the elements of `MODEL-ELEMENT`).
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import DAMAGED, TOO_LARGE, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import whole_text
from bot.scanner.wording import decoded
from rules.facts import Detection

TITLE = "PMML model"
SUFFIXES = (".pmml",)
MARK = (
    rb"(?:\xef\xbb\xbf)?\s{0,16}(?:<\?xml[^>]{0,200}\?>\s{0,64})?(?:<!--.{0,2000}?-->\s{0,64})?<(?:\w{1,20}:)?PMML[\s>]"
)

COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest file that is read through; a larger one is known by its head."""
_MODEL = re.compile(
    rb"<(?:\w{1,20}:)?((?:AnomalyDetection|Association|Baseline|BayesianNetwork|Clustering|GaussianProcess"
    rb"|GeneralRegression|Mining|NaiveBayes|NearestNeighbor|Regression|RuleSet|Sequence|SupportVectorMachine|Text"
    rb"|TimeSeries|Tree)Model|Scorecard|NeuralNetwork)[\s>]"
)
_VERSION = re.compile(rb"<(?:\w{1,20}:)?PMML[^>]{0,400}\bversion\s{0,4}=\s{0,4}[\"']([\d.]{1,8})[\"']")
_APPLICATION = re.compile(rb"<(?:\w{1,20}:)?Application\s[^>]{0,400}?\bname\s{0,4}=\s{0,4}[\"']([^\"'<>]{1,80})[\"']")
_LICENSE = re.compile(rb"<(?:\w{1,20}:)?Header[^>]{0,2000}?\bcopyright\s{0,4}=\s{0,4}[\"']([^\"'<>]{1,200})[\"']")
_END = re.compile(rb"</(?:\w{1,20}:)?PMML\s{0,64}>\s{0,64}\Z")


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A file with at least one model; None for everything else and for a data dictionary alone."""
    content, complete = whole_text(blob, COUNT_LIMIT)
    models = [name.decode("ascii") for name in _MODEL.findall(content)]
    if not models:
        return None
    version, application, copyright_line = (
        decoded(match[1], 100) if (match := pattern.search(content[:8192])) else ""
        for pattern in (_VERSION, _APPLICATION, _LICENSE)
    )
    kinds = list(dict.fromkeys(models))
    metadata = {
        "architecture": ", ".join(kinds[:4]),
        "producer": " ".join(word for word in (application, f"(PMML {version})" if version else "") if word),
        "copyright": copyright_line,
    }
    remark = None if _END.search(content[-200:]) else DAMAGED
    return plain_model("pmml", TITLE, metadata, remark=remark if complete else TOO_LARGE)
