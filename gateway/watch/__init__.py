"""What nobody reports: silence. The state of the world is looked at every few seconds.

`ears` keeps which lanes were heard since the last look. `lanes` follows lanes that are silent or
have been registered, `claims` records that lanes have and do not send, `clocks` clocks that are
wrong, `lane_keys` lanes that believe another key than the gateway's, `money` drivers who wait and
tickets that do not reach settlement, `staff` notices that do not arrive. `watcher` is the loop. Any
number of gateways look at the same time: each alarm is opened once.
"""
