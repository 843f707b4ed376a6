"""Small pure functions under the names that plugins import."""
