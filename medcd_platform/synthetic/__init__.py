"""The make-believe hospital: a synthetic tertiary hospital's export, for demonstration, tests and scale runs.

The front door is `hospital.write_hospital`. Nothing of the platform but its command line and tests imports it.
"""
