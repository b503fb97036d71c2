"""Expectations of what topics and tables hold, and what was found.

Great Expectations takes 200 MB and seconds to load: only `validation` and `suites` import it, and only the process that
runs them imports those.
"""
