"""Bytes to facts: which changed files are weights, what they hold, and where their licence is written.

Reads through `BlobReader` and `Tree`; opens no connection of its own.
"""
