"""Stages and sources that run elsewhere: in a process of ours, or on another machine.

In the main process something stands in for them, `remote` for a stage and `relay` for a source, each at a `post`: the
desk where the one worker reports, and the process that it is, where it is ours. `worker` is the far side.
"""
