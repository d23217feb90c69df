"""Package registries, the tokens (`bkpt_`) that open them, and the Python packages in them.

Packages of other ecosystems are not kept: their registries have tokens, and no door.
"""
