"""Receiving what lanes signed, before anybody asks what it means.

`envelope` opens a message with the lane's key, `chain` says where its record belongs, `journal` is
the lane's journal in the database, `service` takes a message through all three in one transaction
and hands the record to a handler. `lane_reports` knows which lanes have more to tell, `losses` what
lanes have receipts for and is not here.
`alarm_kinds` is the table of alarms, `alarm_words` what people read of them, and `alarms` raises
and closes them; `hints` are what screens are told after the commit.
"""
