"""Showing the numbers of a run: pure functions make text of them, thin ones put it somewhere."""
