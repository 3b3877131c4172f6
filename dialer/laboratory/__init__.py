"""A campaign day as it unfolds, simulated: for forecasts, replays and the pacing laboratory."""
