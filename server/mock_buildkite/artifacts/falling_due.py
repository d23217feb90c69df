"""What becomes of artifacts and their files when time passes. The sweeper calls it."""

from datetime import datetime

from mock_buildkite.artifacts import store
from mock_buildkite.artifacts.lifecycle import ArtifactEvent, next_state
from mock_buildkite.artifacts.model import RETENTION
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


def expire(tx: Transaction) -> None:
    """End the artifacts that were kept for long enough."""
    for artifact in store.list_created_before(tx, tx.now - RETENTION):
        store.record_end(tx, artifact.id, next_state(artifact.state, ArtifactEvent.EXPIRE))


def remove_abandoned_files(tx: Transaction, world: World) -> None:
    """Remove the files that nothing on record has any longer.

    Were this unit undone, they would be removed again.
    """
    abandoned = store.list_abandoned_files(tx)
    if abandoned:
        world.blobs.remove(abandoned)
        store.forget_abandoned_files(tx)


def next_due(tx: Transaction) -> datetime | None:
    """The next moment at which there may be something to do."""
    return store.first_expiry(tx, RETENTION)
