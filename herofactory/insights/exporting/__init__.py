"""Figures by the hour, for dashboards."""
