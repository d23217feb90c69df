"""The audit log: who did what to which token, when and from where. Never a token's value."""
