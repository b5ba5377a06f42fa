"""The catalogue of licences: what is known of each, how statements are read, and what they add up to."""

from rules.licenses.acceptance import Acceptance, acceptance
from rules.licenses.catalogue import find_license
from rules.licenses.conclusion import LicenseConclusion, conclude
from rules.licenses.license import Category, License, View
from rules.licenses.normalise import Normalised, normalise

__all__ = [
    "Acceptance",
    "Category",
    "License",
    "LicenseConclusion",
    "Normalised",
    "View",
    "acceptance",
    "conclude",
    "find_license",
    "normalise",
]
