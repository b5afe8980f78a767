"""Why an installation does not start or go on; each is one sentence for the terminal."""


class CannotStart(Exception):
    """Something on this machine is in the way."""


class AlreadyRunning(CannotStart):
    """Another process has the data folder."""


class PartFailed(Exception):
    """A part died again and again."""
