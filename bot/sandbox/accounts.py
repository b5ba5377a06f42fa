"""Accounts, their tokens, GitHub Apps, and what each may do in a repository."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.ground import Ground, WorldError, locked
from bot.sandbox.limits import Limits
from bot.sandbox.model import Access, Account, App, Installation, Repository, Token


@dataclass(frozen=True)
class Actor:
    """Who makes a request, and with what."""

    account: Account
    token: Token


class Accounts(Ground):
    """The part of the world that is about people and machines."""

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        super().__init__(root, limits)
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.registrations: dict[str, tuple[int, str]] = {}
        """Codes of Apps that were just registered from a manifest, each with the App's id and its private key (PEM)."""
        self.teams: dict[str, set[str]] = {}
        """Logins of the members of a team (GitHub: `org/slug`) or group (GitLab: its full path)."""

    @locked
    def create_user(self, login: str, *, name: str | None = None, kind: str = "User") -> Account:
        """Add an account, or return the one of this login."""
        if login not in self.accounts:
            self.accounts[login] = Account(self.next_id(), login, name or login.title(), kind)
        return self.accounts[login]

    @locked
    def create_token(self, login: str, *, scopes: frozenset[str] = frozenset()) -> str:
        """A new personal access token of an account that exists."""
        token = Token("sandbox-" + secrets.token_hex(20), self.account(login).login, scopes)
        self.tokens[token.value] = token
        return token.value

    @locked
    def create_app(
        self,
        slug: str,
        public_key: str,
        owner: str,
        permissions: Mapping[str, str],
        *,
        events: tuple[str, ...] = ("pull_request", "issue_comment"),
        webhook_url: str = "",
        webhook_secret: str = "",
    ) -> App:
        """Register a GitHub App with its public key (PEM); its account is `slug[bot]`."""
        self.create_user(owner)
        app = App(self.next_id(), slug, slug.title(), public_key, owner, dict(permissions), self.now(), events)
        app.webhook_url, app.webhook_secret = webhook_url, webhook_secret
        self.apps[app.id] = app
        bot = self.create_user(f"{slug}[bot]", name=slug, kind="Bot")
        bot.app_id = app.id
        return app

    @locked
    def create_team(self, path: str, *members: str) -> None:
        """Add a team or group with these accounts, or add them to the one of this path."""
        self.teams.setdefault(path, set()).update(self.account(login).login for login in members)

    def account(self, login: str) -> Account:
        """The account of a login. Raises WorldError."""
        if login not in self.accounts:
            raise WorldError(f"there is no account {login!r}: call create_user first")
        return self.accounts[login]

    @locked
    def actor_of(self, token: str | None) -> Actor | None:
        """Whom a token stands for; None where it is unknown or expired."""
        known = self.tokens.get(token or "")
        if known is None or (known.expires_at and known.expires_at <= self.now()):
            return None
        return Actor(self.account(known.login), known)

    @locked
    def access(self, repository: Repository, actor: Actor | None) -> Access:
        """What a request's account may do; READ for anybody where the repository is public."""
        public = Access.NONE if repository.private else Access.READ
        if actor is None:
            return public
        token = actor.token
        if token.repository_ids is not None and repository.id not in token.repository_ids:
            return public
        if token.installation_id is not None:
            return Access.WRITE if (token.permissions or {}).get("contents") == "write" else Access.READ
        return self.role(repository, actor.account.login)

    @locked
    def role(self, repository: Repository, login: str) -> Access:
        """What an account may do in a repository, whatever token it uses."""
        public = Access.NONE if repository.private else Access.READ
        owner = Access.ADMIN if login == repository.owner else Access.NONE
        return max(repository.access.get(login, Access.NONE), owner, public)
