"""The documented limits of each forge, as settings: tests lower them to meet them with little data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class GitHubLimits:
    """Limits of GitHub's REST API, each with the page of docs.github.com that names it."""

    files: int = 3_000
    """Files that a pull request lists at most ("List pull requests files")."""
    compare_files: int = 300
    """Files of a comparison, on its first page only ("Compare two commits")."""
    page: int = 30
    """Entries of a page where nobody asks ("Using pagination in the REST API")."""
    largest_page: int = 100
    """`per_page` at most (the same page)."""
    tree_entries: int = 100_000
    """Entries of a recursive tree before `truncated` ("Get a tree")."""
    blob_bytes: int = 100 * 1024 * 1024
    """Largest blob that is served ("Get a blob")."""
    contents_json_bytes: int = 1024 * 1024
    """Largest file whose content is in the JSON of "Get repository content"; beyond, the raw media type is needed."""
    patch_lines: int = 3_000
    """Lines of one file's patch; longer ones are left out. The number is the sandbox's: GitHub names none for REST."""
    body_characters: int = 65_536
    """Comment text, in characters (the API's own error: "body is too long (maximum is 65536 characters)")."""
    check_output_characters: int = 65_535
    """`summary` and `text` of a check run ("Create a check run")."""
    annotations: int = 50
    """Annotations of one request ("Create a check run")."""
    statuses: int = 1_000
    """Statuses for one commit and context ("Create a commit status")."""
    status_description_characters: int = 140
    """A status's description (the API's own error)."""
    requests_per_hour: int = 5_000
    """Primary rate limit of a token ("Rate limits for the REST API")."""
    points_per_hour: int = 5_000
    """Primary limit of the GraphQL API, where each of our queries costs one point ("Rate limits and query limits")."""
    graphql: bool = True
    """Whether there is GraphQL at all, which other forges with the same REST API do not have."""
    blob_text_bytes: int = 512_000
    """Bytes of a blob's `text` before `isTruncated`; measured by others, GitHub documents no number."""
    installation_token_seconds: int = 3_600
    """Life of an installation token ("Generating an installation access token")."""
    blob_range: bool = False
    """Whether raw blobs answer 206 to Range; undocumented, so both must work."""


@dataclass
class GitLabLimits:
    """Limits of GitLab's REST API, each with the page of docs.gitlab.com that names it."""

    files: int = 1_000
    """Changed files of a merge request diff ("Diff limits administration")."""
    patch_bytes: int = 200 * 1024
    """Largest patch of one file before it is `too_large` (the same page)."""
    diff_lines: int = 50_000
    """Lines of all patches before the rest is `collapsed` (the same page)."""
    page: int = 20
    """Entries of a page where nobody asks ("REST API pagination")."""
    largest_page: int = 100
    """`per_page` at most (the same page)."""
    body_characters: int = 1_000_000
    """Note text, in characters ("GitLab application limits")."""
    notes: int = 5_000
    """Notes of one merge request (the same page)."""
    requests_per_minute: int = 2_000
    """Requests of one account ("Rate limits on GitLab.com", authenticated API traffic)."""
    complexity: int = 250
    """What a GraphQL query of somebody who is known may cost ("GraphQL API", Limits)."""
    blob_range: bool = False
    """Whether raw files answer 206 to Range; undocumented, so both must work."""
    tells_approval_time: bool = True
    """Whether an approval has its `approved_at`, which older versions do not tell."""


@dataclass
class ForgejoLimits:
    """Limits of Forgejo's REST API: the defaults of its section `[api]` ("Configuration Cheat Sheet")."""

    page: int = 30
    """DEFAULT_PAGING_NUM: entries of a page where nobody asks."""
    largest_page: int = 50
    """MAX_RESPONSE_ITEMS: `limit` at most."""
    tree_page: int = 1_000
    """DEFAULT_GIT_TREES_PER_PAGE: entries of a page of a tree, also the most that may be asked for."""
    blob_bytes: int = 10 * 1024 * 1024
    """DEFAULT_MAX_BLOB_SIZE: a larger blob is told without its content."""
    blob_range: bool = True
    """Whether raw files answer 206 to Range, as Forgejo's `ServeContentByReader` does; a proxy may not."""
    many_blobs: bool = True
    """Whether several blobs may be asked for at once, which older versions and Gitea do not know."""


@dataclass
class Limits:
    """All limits of one sandbox."""

    github: GitHubLimits = field(default_factory=GitHubLimits)
    gitlab: GitLabLimits = field(default_factory=GitLabLimits)
    forgejo: ForgejoLimits = field(default_factory=ForgejoLimits)
    lfs_range: bool = True
    """Whether Git LFS downloads answer 206 to Range; simple LFS servers answer 200 with everything."""
