"""Who sent a webhook: signatures over the raw bytes, compared in constant time, with several secrets at once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from standardwebhooks import Webhook, WebhookVerificationError

SIGNING_TOKEN_PREFIX = "whsec_"  # noqa: S105 - the prefix of GitLab's signing tokens, which tells them from plain ones


def github_signature_is_right(body: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """True where `X-Hub-Signature-256` is the HMAC-SHA-256 of the body under one of the secrets."""
    if not header or not header.startswith("sha256="):
        return False
    return _is_digest(header.removeprefix("sha256="), body, secrets)


def forgejo_signature_is_right(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """True where the HMAC-SHA-256 of the body, bare and in hexadecimal digits, is that of one of the secrets.

    Gitea sends it under its own name alone, Forgejo under both.
    """
    given = headers.get("x-forgejo-signature") or headers.get("x-gitea-signature")
    return bool(given) and _is_digest(given or "", body, secrets)


def gitlab_sender_is_right(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """True where a delivery of GitLab carries one of the secrets.

    A signing token (`whsec_...`) is verified as Standard Webhooks say, with their window of five minutes; a plain
    secret is compared with `X-Gitlab-Token`. A signing token is never accepted as a plain one.
    """
    signing = [secret for secret in secrets if secret.startswith(SIGNING_TOKEN_PREFIX)]
    if "webhook-signature" in headers and any(_is_signed(body, headers, secret) for secret in signing):
        return True
    given = headers.get("x-gitlab-token", "").encode("utf-8", "replace")
    plain = [secret for secret in secrets if not secret.startswith(SIGNING_TOKEN_PREFIX)]
    matches = [hmac.compare_digest(secret.encode(), given) for secret in plain]
    return any(matches)


def _is_digest(given: str, body: bytes, secrets: Sequence[str]) -> bool:
    sent = given.encode("utf-8", "replace")
    # Every secret is tried, so that the time says nothing about which one is in use.
    matches = [
        hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode(), sent)
        for secret in secrets
    ]
    return any(matches)


def _is_signed(body: bytes, headers: Mapping[str, str], token: str) -> bool:
    try:
        Webhook(token).verify(body, dict(headers))
    except (WebhookVerificationError, ValueError, RuntimeError):
        return False
    return True
