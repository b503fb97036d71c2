"""Every suite there is, as data. Importing one loads Great Expectations; `herofactory.quality.names` does not."""
