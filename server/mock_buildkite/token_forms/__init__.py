"""The catalogue of tokens: how every kind is written, minted, recognised and read.

The forms choose labels only. Whether a value is good is decided by looking up its digest
(`values.digest`), so values in any older or foreign form work where they are on record. Which
kind opens what is left to the nouns: each authenticates its own.

Source: pages/platform/security/tokens.md of Buildkite's documentation.
"""
