// What every page does: nothing yet without it, more with it.
