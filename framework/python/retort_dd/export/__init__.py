"""Results in the formats of other programs, by their own libraries."""
