"""The reports for people: words, tables, forms and papers of what bijoli.reports counts and keeps."""
