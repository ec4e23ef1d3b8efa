"""Diagnosing a road (链路诊断): step by step, and one sentence that says what is wrong and what to do."""
