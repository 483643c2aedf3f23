"""Which runs the tables ask for, in which profile, and the records of those that were made.

Uses: `training`'s runs and recipes, `paper`, `data`, `files`.  Used by: measuring, sweeps, judging,
reporting.
"""
