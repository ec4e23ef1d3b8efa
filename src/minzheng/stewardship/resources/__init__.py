"""Resources (目录与接口): the catalogue of data sets, and how their feeds are doing."""
