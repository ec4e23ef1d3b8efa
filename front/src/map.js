// Maps (地图): areas and points of a GeoJSON address over a plain ground; nothing is fetched from elsewhere.
//
// <div class="map" data-map="/places/…/map.json"></div>  features may carry name, url, value (0–1) and here (true).
import maplibregl from "maplibre-gl/dist/maplibre-gl-csp.js";

maplibregl.setWorkerUrl(new URL("map-worker.js", document.currentScript.src).href);

// An old machine may draw no maps at all.
const drawn = (options) => {
  try {
    return new maplibregl.Map(options);
  } catch {
    return null;
  }
};

const draw = async (box) => {
  if (box.dataset.drawn) return;
  box.dataset.drawn = "1";
  const answer = await fetch(box.dataset.map);
  if (!answer.ok) {
    box.textContent = "地图没有取到, 请稍后重试。";
    return;
  }
  const data = await answer.json();
  // A map server of one's own may lie under the areas; without one the ground is plain.
  const tiles = box.dataset.tiles && { tiles: { type: "raster", tiles: [box.dataset.tiles], tileSize: 256 } };
  const map = drawn({
    container: box,
    style: {
      version: 8,
      sources: { places: { type: "geojson", data }, ...tiles },
      layers: [
        { id: "ground", type: "background", paint: { "background-color": "#f4f6f8" } },
        ...(tiles ? [{ id: "tiles", type: "raster", source: "tiles" }] : []),
        {
          id: "areas",
          type: "fill",
          source: "places",
          filter: ["==", ["geometry-type"], "Polygon"],
          paint: { "fill-color": ["case", ["==", ["get", "here"], true], "#1f5fa8", "#c9d6e6"], "fill-opacity": 0.55 },
        },
        { id: "borders", type: "line", source: "places", paint: { "line-color": "#5b6b7d", "line-width": 0.8 } },
        {
          id: "points",
          type: "circle",
          source: "places",
          filter: ["==", ["geometry-type"], "Point"],
          paint: { "circle-radius": 5, "circle-color": "#b3261e", "circle-stroke-color": "#fff", "circle-stroke-width": 1 },
        },
      ],
    },
    attributionControl: false,
    dragRotate: false,
  });
  if (!map) {
    box.textContent = "这个浏览器不能显示地图, 区划名称见页面下方列表。";
    return;
  }
  if (data.bbox?.length) map.fitBounds([data.bbox.slice(0, 2), data.bbox.slice(2)], { padding: 16, animate: false });
  map.on("click", "areas", (event) => {
    const { url } = event.features[0].properties;
    if (url) location.assign(url);
  });
};

const drawAll = () => document.querySelectorAll("[data-map]").forEach(draw);
document.addEventListener("htmx:afterSettle", drawAll);
drawAll();
