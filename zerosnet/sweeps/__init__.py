"""Many runs: here, side by side, on Ray, on SLURM; train what is missing and lose nothing.

Uses: `measuring`, `experiments`, `training`.  Used by: the commands and the plan of what a claim
costs.
"""
