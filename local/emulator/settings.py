"""How long the emulated cloud takes, from the environment."""

import os


def _seconds(name: str, default_ms: int) -> float:
    return int(os.environ.get(name, default_ms)) / 1000


STEP_SECONDS = _seconds("EMULATOR_STEP_MS", 0)
"""An instance's creation, deletion, stop and start each take this long."""

INSYNC_SECONDS = _seconds("EMULATOR_INSYNC_MS", 1000)
"""A record change is PENDING this long (Route 53: usually under a minute)."""
