"""Reads about conversations, by topic."""
