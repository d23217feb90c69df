"""Steps of a build: what was defined, what each waits for, and how it came out."""
