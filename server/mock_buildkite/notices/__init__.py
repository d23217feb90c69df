"""The mails that Buildkite would have sent, to owners of tokens and to organizations.

Nothing is sent: they are kept for a test to read. Whoever does something that somebody is to be
told of says so here, in the same unit.
"""
