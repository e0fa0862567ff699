"""The graph: what is made. How it is made belongs into medcd_platform, whether it may pass into quality."""
