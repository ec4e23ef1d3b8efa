"""Social assistance (社会救助): minimum living allowance 低保 to begin with.

Law: 社会救助暂行办法, 浙江省社会救助条例. Office: township examines, county civil affairs decides and pays.
"""
