"""Master data: yards, lanes, vehicles, drivers, cards, contracts, orders.

`schemas` are the forms that come and go over HTTP, of `fields`; `resources` says per kind which
table, forms and permissions belong together; `same_card` knows a card by the end of its number,
`same_key` a lane by its key; `places` says what people call one; `retiring` takes a lane out;
`joining` takes in a box that asks; `service` reads and writes any of them; `tables` keeps them.
"""
