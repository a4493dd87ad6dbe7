"""The mathematics of drawing: schedules, samplers, guidance, and the networks that they call."""
