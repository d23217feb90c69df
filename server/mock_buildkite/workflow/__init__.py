"""How builds move: definitions become steps and jobs, jobs go to agents, ends release what waited.

It stands between the stores of the nouns and their services: nothing in here asks who wants it.
"""
