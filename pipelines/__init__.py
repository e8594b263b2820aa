"""Background work: the job worker, the relay of events to sockets, imports, and the night."""
