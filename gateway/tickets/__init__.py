"""What lanes' records do to stops and tickets. The map, top to bottom; imports go down only.

`service`         in: a record of a lane. Out: what its handler did, or REFUSED.
`dispatch`        in: a person's decision. Out: a command, or a weight booked. Knows no HTTP.
`choices`         in: a weight that left. Out: what it may be assigned to, and what that makes.
`arrivals`        in: arrived, refused, left, voided, fault. Out: the stop's next state, alarms.
`clocks`          in: a record. Out: an alarm if its time cannot be.
`weighings`       in: weighed, released. Out: the decision; at the release, the booking.
`book`            in: a vehicle. Out: its tickets, orders and stops as its weighings make them.
`waiting`         in: nothing. Out: the vehicles to book again without a record.
`record_context`  what handlers share: transaction, rules, time, and the stop of a record.
`judging`         in: a stop. Out: matching's answer to its facts. Writes nothing.
`offline`         in: all orders. Out: whom each yard would admit now. Has no rules of its own.
`settling`        in: a complete trip. Out: a row in the outbox. Knows no price.
`settlements`     in: settlement's answer. Out: kept on the ticket. Knows not how it came.
`forgotten`       in: a ticket that a restored settlement does not know. Out: queued again.
`locks`           in: records, a stop. Out: their vehicles' rows, locked before all else.
`facts`, `stops`  rows of the database, as matching and handlers need them. Decide nothing.
`folding`         in: orders and crossings. Out: the trips that they make. Pure.
`settled`         what settled trips say of a weighing: does it lie before their end? Pure.
`trips`           a crossing, a leg, a trip: what belongs together by weight and time. Pure.
`matching`        in: facts. Out: admit, refuse, hold, release, with a reason. Pure.
`commands`        in: a decision. Out: the command to a lane, with its expiry. Sends nothing.
`reasons`         every reason to refuse or hold, and what a person may overrule or records lift.
"""
