"""Sessions: the door that opens them, what they are worth, and what members should know of them."""
