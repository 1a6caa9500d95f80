"""The walk over every address: the one table of rules, a home with one of everything, and how each address is asked."""
