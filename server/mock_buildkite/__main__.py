"""`python -m mock_buildkite`."""

from mock_buildkite.cli import main

main()
