"""The course of runs, second by second, and what happened in them: for the web UI and the report alike."""
