"""The write-side app of Plaza.

Imports nothing: the gevent server patches the standard library before anything else of ours loads.
"""
