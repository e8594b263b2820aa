"""The second factor: authenticator apps, recovery codes, and the challenges that ask for one."""
