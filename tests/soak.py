"""How long the long runs are: `make test` runs them short, `make soak` (pytest --soak) runs them in full."""

FULL = False


def rounds(short: int, full: int) -> int:
    """`short` in the daily run, `full` with --soak."""
    return full if FULL else short
