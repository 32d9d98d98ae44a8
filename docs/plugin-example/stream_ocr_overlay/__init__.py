"""Plugins for stream-ocr: a sink and a stage."""
