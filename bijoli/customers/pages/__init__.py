"""The pages of sign-in and profile."""
