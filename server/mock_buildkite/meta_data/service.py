"""What a job does with the meta-data of a build: set, get, ask for it, list its keys.

`buildkite:webhook` is not modelled: no build comes of a webhook.
"""

from collections.abc import Mapping
from typing import Any

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import DEFAULT_COMMIT
from mock_buildkite.errors import NotFoundError
from mock_buildkite.meta_data import model, store
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json


def put(tx: Transaction, build_id: int, pairs: Mapping[str, str]) -> None:
    """Set keys of a build, all of them or none. The last value of a key stays.

    Raises:
        InvalidInputError: a key or a value that a job may not set.
    """
    for key, value in pairs.items():
        model.check_pair(key, value)
    store.put(tx, build_id, pairs)
    if model.COMMIT_KEY in pairs:
        _learn_commit(tx, build_id, pairs[model.COMMIT_KEY])


def get(tx: Transaction, build_id: int, key: str) -> str:
    """The value of a build's key.

    Raises:
        NotFoundError: the key is not set.
    """
    value = store.get(tx, build_id, key)
    if value is None:
        msg = f"No meta-data found with the key {key!r}"
        raise NotFoundError(msg)
    return value


def exists(tx: Transaction, build_id: int, key: str) -> bool:
    """Whether a build's key is set."""
    return store.get(tx, build_id, key) is not None


def list_keys(tx: Transaction, build_id: int) -> list[str]:
    """The keys of a build, in order."""
    return store.list_keys(tx, build_id)


def list_all(tx: Transaction, build_id: int) -> dict[str, str]:
    """The keys of a build with their values, in the order of the keys."""
    return store.list_all(tx, build_id)


def _learn_commit(tx: Transaction, build_id: int, value: str) -> None:
    """Fill in what nobody said when the build was created.

    Buildkite sees no repository either: it knows the commit that `HEAD` is from its agents.
    """
    commit = model.read_commit(value)
    if commit is None:
        return
    build = builds.find(tx, build_id)
    learnt: dict[str, Any] = {}
    if build.commit == DEFAULT_COMMIT:
        learnt['"commit"'] = commit.commit
    if build.message is None:
        learnt["message"] = commit.message
    if build.author is None:
        learnt["author"] = to_json(commit.author)
    if learnt:
        builds.update(tx, build_id, learnt)
