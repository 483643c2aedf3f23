"""Pages and figures from results: what holds, what was measured, how fast and how reliable.

Uses: `judging` and the wings before it.  Used by: the commands.
"""
