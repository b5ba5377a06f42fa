"""The three merge requests that the demo plays: who opens what, where, and with which files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox import weights
from bot.sandbox.model import Access, Forge, MergeRequest, Repository
from bot.sandbox.world import World

BOT = "weighbridge-bot"

_APACHE_CARD = b"""---
license: apache-2.0
library_name: transformers
pipeline_tag: sentence-similarity
---
# Tiny sentence encoder

Two layers, 64 dimensions. The numbers are random: nobody trained it.
"""

_LLAMA_CARD = b"""---
license: llama3.1
base_model: meta-llama/Llama-3.1-8B
---
# Tiny chat

A toy with the papers of a fine-tuned Llama. The numbers are random: nobody trained it.
"""


_MIT = b"""MIT License

Copyright (c) 2026 The Search authors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


@dataclass(frozen=True)
class Scene:
    """One merge request to be opened."""

    title: str
    story: str
    """What a spectator should watch for, in one sentence."""
    repository: str
    author: str
    branch: str
    files: Callable[[], Mapping[str, bytes]]


SCENES = (
    Scene(
        title="Add a sentence encoder for search",
        story="A model in safetensors, under Apache-2.0, with a model card.",
        repository="library/search",
        author="amara",
        branch="sentence-encoder",
        files=lambda: {
            "models/encoder/model.safetensors": weights.apache_safetensors(),
            "models/encoder/README.md": _APACHE_CARD,
        },
    ),
    Scene(
        title="Ship a chat model",
        story="A model in GGUF that comes under the Llama 3.1 licence.",
        repository="library/search",
        author="bo",
        branch="chat-model",
        files=lambda: {"models/chat/tiny-chat.gguf": weights.llama_gguf(), "models/chat/README.md": _LLAMA_CARD},
    ),
    Scene(
        title="Commit the checkpoint of the last run",
        story="A pickle of 56 MiB without a word on its licence, on GitLab.",
        repository="lab/experiments",
        author="chika",
        branch="checkpoint",
        files=lambda: {"runs/2026-11/checkpoint.pkl": weights.large_pickle()},
    ),
)


@dataclass(frozen=True)
class Stage:
    """The two repositories with the bot's credentials for them."""

    github_token: str
    gitlab_token: str
    repositories: Mapping[str, Repository]


def set_stage(world: World) -> Stage:
    """Create the people, a repository on each forge, and the bot's accounts."""
    for login in {BOT, *(scene.author for scene in SCENES)}:
        world.create_user(login)
    repositories = {
        "library/search": world.create_repository(
            "library/search",
            files={
                "README.md": b"# Search\n\nFinds books.\n",
                "LICENSE": _MIT,
                "search/__init__.py": b'"""Finds books."""\n',
            },
            forge=Forge.GITHUB,
        ),
        "lab/experiments": world.create_repository(
            "lab/experiments",
            files={"README.md": b"# Experiments\n\nWhat we tried this year.\n"},
            forge=Forge.GITLAB,
        ),
    }
    for repository in repositories.values():
        world.grant(repository, BOT, Access.WRITE)
    for scene in SCENES:
        world.grant(repositories[scene.repository], scene.author, Access.WRITE)
    return Stage(world.create_token(BOT), world.create_token(BOT), repositories)


def play(world: World, stage: Stage, scene: Scene) -> MergeRequest:
    """Commit the scene's files to a branch and open its merge request; the forge sends its webhooks."""
    repository = stage.repositories[scene.repository]
    world.commit(repository, scene.branch, scene.files(), scene.title, scene.author)
    return world.open_merge_request(repository, scene.branch, title=scene.title, author=scene.author)
