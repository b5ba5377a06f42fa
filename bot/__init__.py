"""The machine around the rules: forges, scanner, store, jobs, reports and the command line."""

from importlib.metadata import version

__version__ = version("weighbridge")
