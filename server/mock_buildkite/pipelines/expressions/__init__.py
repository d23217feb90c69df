"""The language of conditions: from text by a tree and its types to a value."""
