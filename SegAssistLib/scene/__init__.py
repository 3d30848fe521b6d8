"""Slicer's scene: volumes, segmentations, tables, plots, sequences and views, on the desktop and on the web.

Functions take nodes or the scene. Nothing here needs Qt or a running program.
"""
