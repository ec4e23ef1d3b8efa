"""The population base list (人口底册): the resident register as the police hand it over; no business of its own.

Law: 户口登记条例. Office: the police; civil affairs only receives.
"""
