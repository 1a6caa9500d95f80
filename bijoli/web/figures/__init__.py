"""The Usage place's figures: what was read of an account, as a chart with its readings, a table, and rows for CSV and PDF."""
