"""GraphQL at both forges: what a query finds, what it costs, and who may settle a thread."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from bot.sandbox.server import Sandbox
from tests.sandbox.gitlab_stage import GitLabStage, build

FILES = """
query Files($owner: String!, $name: String!, $file: String!, $folder: String!) {
  repository(owner: $owner, name: $name) {
    databaseId
    file: object(expression: $file) { oid ... on Blob { byteSize isBinary isTruncated text } }
    folder: object(expression: $folder) {
      ... on Tree { entries { name type mode oid object { ... on Blob { byteSize } } } }
    }
    pullRequest(number: 1) { state headRefOid baseRefName changedFiles commits(first: 1) { totalCount } }
  }
}
"""
THREADS = """
query Threads($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: 1) {
      reviewThreads(first: 100) {
        nodes { id isResolved comments(first: 1) { nodes { databaseId } } } pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
RESOLVE = "mutation R($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
UNRESOLVE = "mutation U($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"


def ask(stage: Any, client: Any, query: str, **variables: str) -> dict[str, Any]:
    address = client.api.removesuffix("/v3") + "/graphql"
    owner, _, name = stage.repository.full_name.partition("/")
    answer = client.post(address, json={"query": query, "variables": {"owner": owner, "name": name} | variables})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_files_and_folders_of_a_commit_come_in_one_answer(stage: Any) -> None:
    head = stage.pull.head
    git = stage.repository.git
    listed = {entry.path: entry for entry in git.tree(head)}
    name = "README.md"
    found = ask(stage, stage.bot, FILES, file=f"{head}:{name}", folder=f"{head}:")["data"]["repository"]
    assert found["databaseId"] == stage.repository.id
    assert found["file"]["byteSize"] == listed[name].size
    assert found["file"]["text"].encode() == git.blob(listed[name].oid)
    rows = {row["name"]: row for row in found["folder"]["entries"]}
    assert {path: row["oid"] for path, row in rows.items()} == {path: entry.oid for path, entry in listed.items()}
    assert rows[name]["mode"] == 0o100644
    assert rows[name]["object"]["byteSize"] == listed[name].size
    assert (found["pullRequest"]["state"], found["pullRequest"]["headRefOid"]) == ("OPEN", head)


def test_what_is_not_there_is_null_and_what_is_binary_has_no_text(stage: Any) -> None:
    world = stage.world
    commit = world.commit(
        stage.repository, "main", {"model.bin": b"\0" * 64, "latin.txt": "größe".encode("latin-1")}, "Add"
    )
    answer = ask(stage, stage.bot, FILES, file=f"{commit}:model.bin", folder=f"{commit}:nowhere")["data"]["repository"]
    assert (answer["file"]["isBinary"], answer["file"]["text"], answer["folder"]) == (True, None, None)
    world.limits.github.blob_text_bytes = 3
    answer = ask(stage, stage.bot, FILES, file=f"{commit}:latin.txt", folder=f"{commit}:")["data"]["repository"]
    assert (answer["file"]["isTruncated"], answer["file"]["text"]) == (True, "grö")


def test_errors_are_worded_as_github_words_them(stage: Any) -> None:
    stage.repository.private = True
    answer = ask(stage, stage.stranger, FILES, file="HEAD:README.md", folder="HEAD:")
    assert answer["data"] == {"repository": None}
    assert answer["errors"][0]["type"] == "NOT_FOUND"
    assert ask(stage, stage.bot, "query { nonsense }")["errors"]
    stage.stranger.token = None
    address = stage.stranger.api.removesuffix("/v3") + "/graphql"
    assert stage.stranger.post(address, json={"query": FILES}).status_code == 401


def test_the_limit_of_graphql_is_its_own(stage: Any) -> None:
    stage.world.limits.github.points_per_hour = 1
    address = stage.bot.api.removesuffix("/v3") + "/graphql"
    first = stage.bot.post(address, json={"query": "query { rateLimit { cost } }"})
    assert (first.headers["X-RateLimit-Remaining"], first.headers["X-RateLimit-Resource"]) == ("0", "graphql")
    assert ask(stage, stage.bot, "query { rateLimit { cost } }")["errors"][0]["type"] == "RATE_LIMITED"
    assert stage.bot.get(stage.path).status_code == 200


def commented(stage: Any) -> Any:
    return stage.world.conversation.comment(
        stage.pull, "Mind this", "stranger", path="models/tiny.bin", commit_sha=stage.pull.head, resolvable=True
    )


def test_a_thread_is_settled_by_whoever_may_write_and_by_the_author(stage: Any) -> None:
    note = commented(stage)
    found = ask(stage, stage.bot, THREADS)["data"]["repository"]["pullRequest"]["reviewThreads"]
    thread = found["nodes"][0]
    assert thread["comments"]["nodes"] == [{"databaseId": note.id}]
    assert not thread["isResolved"]

    refused = ask(stage, stage.stranger, RESOLVE, id=thread["id"])
    assert (refused["data"]["resolveReviewThread"], refused["errors"][0]["type"]) == (None, "FORBIDDEN")
    for client, login in ((stage.bot, "weighbridge-bot"), (stage.alice, "alice")):
        settled = ask(stage, client, RESOLVE, id=thread["id"])["data"]["resolveReviewThread"]["thread"]
        assert (settled, note.resolved_by) == ({"isResolved": True}, login)
        ask(stage, client, UNRESOLVE, id=thread["id"])
        assert note.resolved_by is None


def test_an_app_that_may_not_write_contents_settles_nothing(stage: Any, app_client: Any) -> None:
    commented(stage)
    found = ask(stage, app_client, THREADS)["data"]["repository"]["pullRequest"]["reviewThreads"]
    answer = ask(stage, app_client, RESOLVE, id=found["nodes"][0]["id"])
    assert answer["data"] == {"resolveReviewThread": None}
    assert answer["errors"][0]["message"] == "Resource not accessible by integration"


BLOBS = """
query Blobs($project: ID!, $paths: [String!]!, $ref: String!) {
  project(fullPath: $project) {
    id
    repository {
      blobs(paths: $paths, ref: $ref, first: 100) { nodes { path oid mode size rawSize lfsOid rawTextBlob } }
      tree(ref: $ref) { lastCommit { sha } blobs { nodes { name mode sha } } trees { nodes { name } } }
    }
    mergeRequest(iid: "1") { state draft diffHeadSha targetBranch commitCount diffStatsSummary { fileCount } }
  }
}
"""


@pytest.fixture
def gitlab(sandbox: Sandbox) -> GitLabStage:
    return build(sandbox)


def ask_gitlab(stage: GitLabStage, paths: list[str], login: str | None = "bot") -> dict[str, Any]:
    variables = {"project": stage.project.full_name, "paths": paths, "ref": stage.merge_request.head}
    headers = {"PRIVATE-TOKEN": stage.tokens[login]} if login else {}
    address = f"{stage.sandbox.gitlab_url}/api/graphql"
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(address, json={"query": BLOBS, "variables": variables}, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_gitlab_tells_files_a_directory_and_the_merge_request_in_one_answer(gitlab: GitLabStage) -> None:
    head = gitlab.merge_request.head
    found = ask_gitlab(gitlab, ["README.md", "models/tiny.bin", "models/latest", "nowhere"])["data"]["project"]
    readme, tiny, link = found["repository"]["blobs"]["nodes"]
    assert readme["rawTextBlob"].encode() == gitlab.project.git.read(head, "README.md")
    assert (tiny["path"], tiny["size"], tiny["rawTextBlob"]) == ("models/tiny.bin", "16384", None)
    assert (link["mode"], link["rawTextBlob"]) == ("120000", "tiny.bin")
    assert found["repository"]["tree"]["lastCommit"]["sha"] == head
    assert [row["name"] for row in found["repository"]["tree"]["trees"]["nodes"]] == ["models", "new"]
    expected = {"state": "opened", "draft": False, "diffHeadSha": head, "targetBranch": "main", "commitCount": 1}
    assert found["mergeRequest"] == expected | {"diffStatsSummary": {"fileCount": 6}}


def test_gitlab_hides_what_may_not_be_seen_and_refuses_what_costs_too_much(gitlab: GitLabStage) -> None:
    refused = ask_gitlab(gitlab, [f"file-{number}" for number in range(100)])
    assert refused["errors"][0]["message"].endswith("which exceeds max complexity of 250")
    gitlab.project.private = True
    assert ask_gitlab(gitlab, ["README.md"], "stranger") == {"data": {"project": None}}


def test_a_query_of_gitlab_costs_what_people_were_told(gitlab: GitLabStage) -> None:
    """The query and the number are those of a report about GitLab 18.4.2."""
    query = """query($fullPath: ID!, $branch: String!, $paths: [String!]!) { project(fullPath: $fullPath) { repository {
      blobs(ref: $branch, paths: $paths) { nodes { size rawTextBlob } } } } }"""
    variables = {"fullPath": gitlab.project.full_name, "branch": "main", "paths": ["a"] * 100}
    answer = gitlab.call("POST", "/../graphql", json={"query": query, "variables": variables})
    assert answer.json()["errors"][0]["message"] == "Query has complexity of 1421, which exceeds max complexity of 250"
