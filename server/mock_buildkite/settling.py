"""What an earlier process, that was killed, has left half done in a data directory."""

from mock_buildkite.artifacts import store as artifacts
from mock_buildkite.python_packages import store as python_packages
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


def settle_files(tx: Transaction, world: World) -> None:
    """Keep the files that are on record, and remove those that never got there."""

    def is_whole(name: str) -> bool:
        return artifacts.is_file(tx, name) or python_packages.is_file(tx, name)

    world.blobs.settle(is_whole, lambda name: artifacts.is_file_of_part(tx, name))
