"""What others make of the same work, measured beside ours. Nothing here is needed to run the program."""
