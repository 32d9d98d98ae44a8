"""OCR without an engine: weights, what goes into a network and what comes out of it, and the synchronous reader."""
