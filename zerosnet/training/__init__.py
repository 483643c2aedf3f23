"""From a run to its record and its weights: recipe, step, the one loop, checkpoints; ImageNet.

Here also: what a run is and how its key comes about (`runs`).  Uses: `networks`, `data`, `theory`,
`files`.  Used by: experiments, measuring, sweeps.
"""
