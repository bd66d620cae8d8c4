"""The model: tunnel junctions, contacts, fields, devices, their dimensionless form, and the equations of motion."""
