"""The form of a parcel (报文格式), as ``docs/reference/parcel-format.md`` says it: knows no table and no one's rights."""
