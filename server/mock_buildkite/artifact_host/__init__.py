"""The host that artifacts are uploaded to and downloaded from, at `/artifacts`.

Buildkite's is another than its APIs'; here all have the same address. Whoever comes presents no
token: what may be done is signed in the address (`artifacts/addresses.py`).
"""
