"""Servers, clocks and the like that tests talk to instead of the real thing."""
