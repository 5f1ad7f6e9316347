"""The double-entry ledger.

posting       which accounts an event moves: pure
service       writes journals; the database refuses what does not balance
checking      reads entries once and checks them, in short pieces
checkpoints   how far the history was checked, kept between two looks
whole_tables  what no entry leads to, when everything is checked
books         balances, sums and all checks, in one answer
"""
