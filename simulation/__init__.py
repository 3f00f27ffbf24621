"""A synthetic city that plays through the same doors as anyone, and knows what every household owes."""
