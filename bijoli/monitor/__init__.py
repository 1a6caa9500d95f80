"""The operators' door: is it alive, is it ready, how does it flow, what is wrong."""
