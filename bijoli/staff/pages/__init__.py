"""The staff's pages that hang on no model."""
