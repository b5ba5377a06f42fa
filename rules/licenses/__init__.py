"""The catalogue of licences: what is known of each, how statements are read, and what they add up to."""

from rules.licenses.acceptance import Acceptance, acceptance
from rules.licenses.catalogue import find_license
from rules.licenses.classification import Classification, classify
from rules.licenses.conclusion import LicenseConclusion, conclude
from rules.licenses.license import Category, License, View
from rules.licenses.normalise import Normalised, normalise

__all__ = [
    "Acceptance",
    "Category",
    "Classification",
    "License",
    "LicenseConclusion",
    "Normalised",
    "View",
    "acceptance",
    "classify",
    "conclude",
    "find_license",
    "normalise",
]
