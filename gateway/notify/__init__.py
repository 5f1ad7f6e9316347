"""Telling staff of alarms, whoever looks at a screen or not.

`rules` says from which severity on, at which hour: pure. `planning` finds what is to be told and
writes one notice about it, in one transaction, so that of several gateways one tells. `messages`
is the form of a notice, `delivery` its way out: leased, sent by `sender`, tried again. `notifier`
is the loop, `tables` keeps notices.
"""
