"""Networks: one residual function, one method and one history; blocks, stages, what they count.

Uses: `methods`, `paper`, `theory`, `files`.  Used by: training, measuring, and the judges of what
networks are.
"""
