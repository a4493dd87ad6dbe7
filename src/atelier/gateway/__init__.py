"""The service's one door: who asks, what they may, and what they get to see."""
