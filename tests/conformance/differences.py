"""Every intended difference from Locust 2.47.0, with its reason. One that isn't here fails, and so does one gone."""

from __future__ import annotations

from beside import Difference

DIFFERENCES: tuple[Difference, ...] = ()
