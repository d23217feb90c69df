"""Organizations, their users and members; who is an administrator."""
