"""Quality (质量监测评估): how good what was brought in is, by rule, and the tickets that mend it."""
