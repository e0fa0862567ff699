"""The one base of errors whose words may be shown anywhere: they name files, tables and rules, never data."""

import traceback


class PlainError(Exception):
    """An error whose message holds no cell value, no identifier and no key.

    Only these are shown with their words in logs, events and reports. Of any other exception the type and the
    place are shown, since libraries like to quote the value that they stumbled over.
    """


def said_without_data(error: BaseException) -> str:
    """What may be said of an error: a PlainError's own words, of any other its type and place."""
    if isinstance(error, PlainError):
        return str(error)
    frames = [f"{f.filename.rpartition('/')[2]}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)]
    where = " < ".join(frames[-1:-4:-1]) or "an unknown place"
    return f"{type(error).__name__} at {where} (its words may hold data and are not shown)"
