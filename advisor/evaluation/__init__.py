"""Arms, retrieval, scores, significance, judge, ballot: the proof on held-out questions."""
