"""From an unknown cable to a lane that runs: what is needed once, and when something breaks."""
