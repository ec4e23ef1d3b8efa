"""Pages of parcels (电子报文页面)."""
