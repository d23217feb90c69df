"""Where the files are that the package brings along: in a wheel, or in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


def schema_directory() -> Path:
    """The folder of GraphQL SDL files."""
    return _first(_PACKAGE / "_data" / "schema", _CHECKOUT / "schema")


def seed_directory() -> Path:
    """The folder of seeds that have a name."""
    return _first(_PACKAGE / "_data" / "seed", _CHECKOUT / "fixtures" / "seed")


def _first(*places: Path) -> Path:
    return next((place for place in places if place.is_dir()), places[-1])
