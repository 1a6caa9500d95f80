"""The words of the alerts, a file for each kind."""
