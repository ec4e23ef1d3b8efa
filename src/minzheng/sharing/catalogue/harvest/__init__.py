"""Harvesting another portal's catalogue (目录采集): fetch it under guard, read its DCAT, take it in with a set check."""
