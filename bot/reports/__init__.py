"""A judgement in words: Markdown for a merge request, text for a terminal, JSON for programs."""
