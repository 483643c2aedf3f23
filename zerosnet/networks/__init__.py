"""Networks: one residual function, one method and one history; blocks, stages, what they count.

Here also: passes compiled for training in bfloat16 on a CPU (`fused`).  Uses: `methods`, `paper`,
`theory`, `files`.  Used by: training, measuring, and the judges of what networks are.
"""
