"""The paper's facts as they stand in ``claims/``: tables, claims, errata.

Here: what reads them, strictly.  No number of the paper stands in Python.  Uses: `files`,
`methods`.  Used by: the theory, the experiments, the judges, the reports.
"""
