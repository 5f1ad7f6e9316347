"""The lane's rules, pure: events in, effects out. No port, no clock, no chance, no log.

Who calls whom, on the way of one signal (the caller is `edge.box.runner`):

1. A signal (`signals`) goes to the part that follows its device: `scale` (with `stability`,
   `window`, `weight`, `curve`), `beams`, `identification` (with `tags`, `sights` and `plates`),
   `barriers`, `health`.
2. `sensors` joins `scale`, `beams`, `frozen` and `identification` into the next event (`events`),
   by the lane's state. The first event after a start comes from `recovery`.
3. `machine` finds the row for (state, event); rows are in `entry`, `deck` and `start`. A row is
   given the lane and a `LaneContext` (`state`), asks `offline` if it decides alone, and returns the
   next lane and the effects (`effects`).
4. Once the effects are on record, `sensors` follows the change of state.
"""
