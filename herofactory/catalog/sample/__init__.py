"""The sample catalogue: icons of an npm package with Korean names, rendered and written as an import file.

package = fetch_package(data / "npm")
stats = build_sample(package, data / "sample")      # then: hero catalog import data/sample/catalogue.jsonl
"""

from __future__ import annotations

from herofactory.catalog.sample.build import SampleStats, build_sample
from herofactory.catalog.sample.package import PackageError, fetch_package

__all__ = ["PackageError", "SampleStats", "build_sample", "fetch_package"]
