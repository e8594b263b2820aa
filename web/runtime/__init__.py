"""Running Plaza on one machine: embedded servers, bootstrap of the roles, supervised processes, health.

Knows processes, ports and files; knows nothing of the features that run inside them.
"""
