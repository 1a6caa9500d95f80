"""Small tools of the house: what `make check` runs beside ruff, mypy and import-linter."""
