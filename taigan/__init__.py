"""Plumbing that the programs share, each part once: a leaf that knows none of them.

Settings files and the secrets beside them, logs, exit codes, what commands say, what doctors find
and the checks that they share, the catalogue of problems, the database engine with its transactions
and revisions, the MQTT connection, the web server, the loop that a thread does, what systemd is
told, names that one process holds. Nothing here knows a truck, a ticket or a fen; a rule that knows
one belongs into a program. A module imports its library only (FastAPI, SQLAlchemy, paho), so that a
lane box needs neither a web server nor a database driver.
"""
