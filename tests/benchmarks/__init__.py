"""Benchmarks: each measures Plaza against a limit or a peer in the same run, so that ratios hold anywhere."""
