"""The MedCD platform: from a hospital's EHR to a dataset for clinical AI that it dares to release."""
