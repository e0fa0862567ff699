"""The gates: whether what was made may pass. The makers, in medcd_platform, are not known here."""
