"""Why a request is refused, where it is not simply bad input: each with the status that HTTP has for it."""

from pointrecon.errors import InputError


class NotThere(InputError):
    """The collection has no such shape, or its file is gone."""

    status = 404


class TooLarge(InputError):
    """More was sent than the server takes."""

    status = 413


class Unreadable(InputError):
    """What was sent is no shape that can be read."""

    status = 422


def status_of(error: InputError) -> int:
    """The HTTP status of bad input: 400 unless it says another."""
    return int(getattr(error, "status", 400))
