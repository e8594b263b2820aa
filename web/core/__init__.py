"""Plumbing that knows no feature: settings, database, security, API declarations, events, jobs."""
