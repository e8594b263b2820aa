"""My data: the copy of everything that Plaza holds about a member, and the erasure of an account."""
