"""`mock-buildkite token`: say what a value is, find values in files, make values to test with."""
