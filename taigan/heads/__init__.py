"""Heads: signed sums of all facts of a program, to be kept where its owner cannot change them.

tree     one hash for a list that only grows (RFC 6962)
note     the signed text that names it (C2SP signed-note and checkpoint)
facts    one line of the list for each version of a fact
tables   where list, heads and what waits for it stand
log      facts that are new or changed become lines; a head is made over them
keeping  heads are brought to a folder or an address elsewhere
"""
