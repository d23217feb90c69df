"""Why a run does not happen, or comes to no end of its own: a line for the person who asked."""


class RefusedError(Exception):
    """Nothing is started: there is no repository, pipeline or agent that could be used."""


class BrokenOffError(Exception):
    """The build cannot go on, through no fault of its jobs."""
