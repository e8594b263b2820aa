"""The read-only analytics API: serves the marts that the night published, and nothing else."""

__version__ = "1.0.0"
