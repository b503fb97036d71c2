"""Dashboards, index templates and retention of the Elastic side, as code. Not part of the product's package."""
