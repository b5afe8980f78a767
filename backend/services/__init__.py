"""Use cases: one function each, one transaction each (opened and committed by the caller, at the edge)."""
