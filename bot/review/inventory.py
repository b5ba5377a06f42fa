"""What weights lie on a repository's default branch: found once for each commit, with nothing judged."""

from __future__ import annotations

from bot.forges.protocol import Forge, Tip
from bot.scanner.scan import collect
from bot.store.records import Holding, Inventory
from rules.facts import Artifact
from rules.licenses import conclude

HASH_LIMIT = 8 * 1024 * 1024
"""Bytes. Larger weights outside Git LFS are not read whole for their digest: an inventory looks at many of them."""
_TOLD = 3
"""Files that could not be looked at and are named."""


def take(forge: Forge, host: str, tip: Tip) -> Inventory:
    """Look through all that a branch stands at; nothing is ignored, whatever the policy. Raises ForgeError."""
    changes = forge.everything(tip)
    facts = collect(changes, forge.tip_tree(tip), hash_limit=HASH_LIMIT)
    missed = [item for item in facts.not_examined if item.path]
    remarks = [item.reason for item in facts.not_examined if not item.path]
    if missed:
        named = ", ".join(item.path for item in missed[:_TOLD])
        more = f" and {len(missed) - _TOLD} more" if len(missed) > _TOLD else ""
        remarks.append(f"Could not be looked at: {named}{more}.")
    return Inventory(
        repository_key=f"{forge.name}:{host}:{tip.repository_id}",
        forge=forge.name,
        host=host,
        repository=tip.repository,
        branch=tip.branch,
        commit=tip.commit,
        files=facts.changed_files,
        holdings=tuple(_holding(artifact) for artifact in facts.artifacts),
        remark=" ".join(remarks) or None,
    )


def _holding(artifact: Artifact) -> Holding:
    return Holding(
        path=artifact.path,
        format=artifact.detection.format,
        confidence=artifact.detection.confidence.label,
        size=artifact.size,
        parameters=artifact.detection.parameters,
        sha256=artifact.sha256,
        license=conclude(artifact.evidence).expression,
        loading=artifact.detection.loading.safety.value,
    )
