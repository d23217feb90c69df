"""Artifacts: files that jobs leave behind, what is announced of them, and who finds them again."""
