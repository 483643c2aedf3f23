"""From records to verdicts: evidence, statistics, judges, one result a stage; the plan, and why.

Uses: `paper`, `theory`, `experiments` and what they use.  Used by: the reports, the commands, the
claims as tests.
"""
