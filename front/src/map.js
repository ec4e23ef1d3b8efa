// Maps (地图): areas and points of a GeoJSON address over a plain ground; nothing is fetched from elsewhere.
//
// <div class="map" data-map="/places/…/map.json" data-needs="…/map.js"></div>
// Features may carry name, url (where a click leads), here (true) and rank: what is here counted from 1, each in a colour
// of its own and named on the map. tone (ok, warn, bad, none) is the colour of a state: of areas, of lines, which are broken
// where it is bad, and of points. Whatever the map says stands beside it in words; for who hears the page it is one picture.
import maplibregl from "maplibre-gl/dist/maplibre-gl-csp.js";

maplibregl.setWorkerUrl(new URL("map-worker.js", document.currentScript.src).href);

const WORDS = {
  "CooperativeGesturesHandler.WindowsHelpText": "按住 Ctrl 键滚动可缩放地图",
  "CooperativeGesturesHandler.MacHelpText": "按住 ⌘ 键滚动可缩放地图",
  "CooperativeGesturesHandler.MobileHelpText": "用两根手指移动地图",
  "Map.Title": "地图",
};
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// An old machine may draw no maps at all.
const drawn = (options) => {
  try {
    return new maplibregl.Map(options);
  } catch {
    return null;
  }
};

// The middle of an area's largest ring, for its name.
const middle = ({ type, coordinates }) => {
  if (type === "Point") return coordinates;
  const rings = type === "Polygon" ? [coordinates[0]] : coordinates.map(([outer]) => outer);
  const of = (ring) => {
    let [twice, x, y] = [0, 0, 0];
    ring.slice(1).forEach(([bx, by], at) => {
      const [ax, ay] = ring[at];
      const cross = ax * by - bx * ay;
      twice += cross;
      x += (ax + bx) * cross;
      y += (ay + by) * cross;
    });
    return { size: Math.abs(twice), at: twice ? [x / (3 * twice), y / (3 * twice)] : ring[0] };
  };
  return rings.map(of).reduce((best, one) => (one.size > best.size ? one : best)).at;
};

const named = (map, { geometry, properties }) => {
  const label = document.createElement("span");
  label.className = "map-name";
  label.textContent = properties.name;
  const anchor = geometry.type === "Point" ? "bottom" : "center";
  new maplibregl.Marker({ element: label, anchor, offset: [0, geometry.type === "Point" ? -8 : 0] })
    .setLngLat(middle(geometry))
    .addTo(map);
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
  const rank = ["match", ["get", "rank"], 1, colour("--series-1"), 2, colour("--series-2"), colour("--series-3")];
  const toned = (otherwise) =>
    ["match", ["get", "tone"], "ok", colour("--bs-success"), "warn", "#c77700", "bad", colour("--bs-danger"), "none", "#8a95a5", otherwise];
  const roads = (id, broken, dashes) => ({
    id,
    type: "line",
    source: "places",
    filter: ["all", ["==", ["geometry-type"], "LineString"], [broken ? "==" : "!=", ["get", "tone"], "bad"]],
    paint: { "line-color": toned("#5b6b7d"), "line-width": 2.5, ...dashes },
  });
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
          paint: {
            "fill-color": ["case", ["==", ["get", "here"], true], rank, toned("#c9d6e6")],
            "fill-opacity": ["case", ["has", "tone"], 0.3, 0.55],
          },
        },
        roads("roads", false, {}),
        roads("broken", true, { "line-dasharray": [2, 1.5] }),
        { id: "borders", type: "line", source: "places", filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": "#5b6b7d", "line-width": 0.8 } },
        {
          id: "points",
          type: "circle",
          source: "places",
          filter: ["==", ["geometry-type"], "Point"],
          paint: { "circle-radius": 5, "circle-color": toned("#b3261e"), "circle-stroke-color": "#fff", "circle-stroke-width": 1 },
        },
      ],
    },
    attributionControl: false,
    cooperativeGestures: true, // the page scrolls on over it
    dragRotate: false,
    locale: WORDS,
  });
  if (!map) {
    box.textContent = "这个浏览器不能显示地图, 位置见文字说明。";
    return;
  }
  map.getCanvas().tabIndex = -1; // what it shows can be read and reached beside it
  map.getContainer().setAttribute("aria-hidden", "true");
  if (data.bbox?.length) {
    map.fitBounds([data.bbox.slice(0, 2), data.bbox.slice(2)], { padding: 32, maxZoom: 11, animate: false });
  }
  data.features.filter((one) => one.properties.here).forEach((one) => named(map, one));
  map.on("click", "areas", (event) => {
    const { url } = event.features[0].properties;
    if (url) location.assign(url);
  });
};

const drawAll = () => document.querySelectorAll("[data-map]").forEach(draw);
document.addEventListener("htmx:afterSettle", drawAll);
drawAll();
