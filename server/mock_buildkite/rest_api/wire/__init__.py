"""The JSON of the REST API, noun by noun: each field is spelled once, here.

Whatever is read for it (who created a thing, which queue is the default) is read in the same unit.
"""
