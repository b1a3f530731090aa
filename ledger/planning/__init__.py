"""Planning: pipelines of deals, checked in bulk, simulated, and chosen from by a solver."""
