// Builds the desk's style and script once (前端构建): src/*.scss, src/*.js -> ../src/minzheng/web/static/dist.
// No network, no watcher. Every page loads app.js and app.css; charts.js and map.js only what draws one.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { compile } from "sass";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("../src/minzheng/web/static/dist/");
const target = ["chrome100", "edge100", "firefox102", "safari15"]; // what offices' desktops still run

mkdirSync(out, { recursive: true });

await build({
  entryPoints: ["app", "charts", "map"].map((name) => here(`src/${name}.js`)),
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  legalComments: "inline",
  target,
});

// The map draws in a worker of its own file, for the content security policy allows no blob.
copyFileSync(here("node_modules/maplibre-gl/dist/maplibre-gl-csp-worker.js"), `${out}map-worker.js`);

// Bootstrap 5.3 is written for an older Sass; its own deprecation notes are not ours to mend.
const styles = compile(here("src/app.scss"), {
  loadPaths: [here("node_modules")],
  quietDeps: true,
  silenceDeprecations: ["import"],
});
const css = await transform(styles.css, { loader: "css", minify: true, legalComments: "inline", target });
writeFileSync(`${out}app.css`, css.code); // last: its time stamp tells make that all is built
