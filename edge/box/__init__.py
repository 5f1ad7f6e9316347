"""The program of one lane box: `box` makes everything, `runner` decides on one thread.

- `box` makes the ports by `parts` (with `feeds`, `outputs`), opens the journal, makes the runner.
- `runner` takes one signal after the other. It notes the signal (`lane_devices`, `order_list`),
  asks the lane's table, and performs the effects: records by `record_writer`, then barriers.
- Then, each time round: `announcer` (the driver), `RecordSender` of `edge.journal` (the gateway),
  `filing` (what can wait for the disk), `fault_reports`, `reports` (screens).
- `lane_clock` tells all of them the time: *at* and *now* are explained there.
- `downlink` opens what the gateway signed.
"""
