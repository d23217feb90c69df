"""Files of Python packages in package registries: what they are called, and where they are."""
