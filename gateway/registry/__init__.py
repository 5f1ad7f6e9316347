"""Master data: yards, lanes, vehicles, drivers, cards, contracts, orders.

`schemas` are the forms that come and go over HTTP, of `fields`; `resources` says per kind which
table, forms and permissions belong together; `joining` reads what a
lane's box asks with, and registers it; `same_card` knows a card by the end of its number;
`service` reads and writes any of them; `tables` keeps
them.
"""
