"""How good the events are, measured on clips with ground truth.

`truth`, `scoring`, `curves`, `merging`, `results`, `timeline` and `charts` take values and give values; `clips`,
`runs`, `baseline`, `crops` and `page` touch files, the pipeline and other libraries; `evaluate` joins them.
"""
