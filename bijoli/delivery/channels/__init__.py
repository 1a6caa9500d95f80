"""Ways to a person: today Web Push; the console only repeats what was sent."""
