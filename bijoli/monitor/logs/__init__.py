"""What the processes write about themselves: lines that name events and ids, never a person."""
