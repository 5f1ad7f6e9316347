"""The only files that touch the world: ports, sockets, the broker, the clocks."""
