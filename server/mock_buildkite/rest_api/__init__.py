"""The REST API at `/v2`: so far only its authentication and its refusals."""
