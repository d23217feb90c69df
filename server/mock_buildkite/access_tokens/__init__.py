"""API access tokens (`bkua_`): scopes, reach, and the caller whom one stands for."""
