"""Whole catalogues from a file: JSON Lines or CSV, idempotent by `external_id`."""

from herofactory.catalog.importing.importer import Importer
from herofactory.catalog.importing.report import ImportReport

__all__ = ["ImportReport", "Importer"]
