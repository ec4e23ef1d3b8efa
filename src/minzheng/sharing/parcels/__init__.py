"""Parcels (电子报文): message files that can be carried on a disk: signed, sealed for their receiver, answered with a receipt."""
