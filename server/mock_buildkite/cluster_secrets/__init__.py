"""Secrets of clusters: encrypted values that jobs read. Who may read one is `policy`'s."""
