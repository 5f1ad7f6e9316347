"""The driver's page, opened by a signed link.

`routes` checks the link, `service` gathers both tickets, `formula` explains the price line by line,
`curve` draws the weighing. `validity` says whether a link still opens, `revoking` ends that.
"""
