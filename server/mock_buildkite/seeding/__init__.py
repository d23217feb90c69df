"""Seeds: documents that say what a world holds at first, and their way into it."""
