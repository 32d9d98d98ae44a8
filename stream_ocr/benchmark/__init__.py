"""How fast it is, and what it takes: measured on clips, each measurement in a fresh process of its own.

`shows`, `measurements`, `results` and `columns` take values and give values; `stock` writes the made clips; `measuring`
is what the fresh processes do, and `processes` starts them; `machine` describes where; `bench` joins them.
"""
