"""Which exit code a run deserves."""

from __future__ import annotations


def choose_exit_code(
    *, asked_for: int | None, has_failures: bool, code_on_failures: int, has_unhandled_exception: bool
) -> int:
    """Gives the code of a run that came to its end.

    Args:
        asked_for: `environment.process_exit_code`, which beats everything.
        has_failures: a request failed, or a task raised.
        code_on_failures: `--exit-code-on-error`.
        has_unhandled_exception: something else broke: a listener, a greenlet of the locustfile.
    """
    if asked_for is not None:
        return asked_for
    if has_failures:
        return code_on_failures
    return 2 if has_unhandled_exception else 0
