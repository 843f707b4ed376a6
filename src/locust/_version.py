"""The version, where leaves can read it without importing the package's root. Cargo.toml says it."""

from locust._native import __version__

__all__ = ["__version__"]
