"""What members of the demo say: one phrase grammar per language.

A grammar maps a symbol to its alternatives; ``{name}`` inside an alternative stands for another symbol.
``post``, ``comment``, ``reply`` and ``message`` are where texts begin. ``NAMES`` are (username, nickname).
"""
