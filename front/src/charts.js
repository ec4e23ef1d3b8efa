// Charts (图表): every chart is drawn from the table beside it, so that the figures are there without it too.
//
// <figure class="chart" data-chart="bar" data-table="#figures" aria-label="…"></figure>   kinds: line, bar.
// The table's first column names the points; every further column whose heading has data-series is a series. A cell's
// data-value goes before its text.
//   on the figure:  data-group="rows"   only the columns whose data-series is "rows"
//                   data-stack          bars stand on one another
//                   data-unit="行"      said after every number
//                   data-flat           bars lie, the names on the left: for long names
//   on a heading:   data-kind="line"    this series otherwise than the chart
//                   data-color="3"      the third colour of the theme (--series-3)
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

// Canvas, not SVG: the SVG renderer writes style attributes, which the content security policy refuses.
use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

const drawn = new Map(); // figure -> chart
const SHARP = 2; // also on paper

const value = (cell) => {
  const said = cell?.dataset.value ?? cell?.textContent.replaceAll(",", "") ?? "";
  return said.trim() === "" || Number.isNaN(Number(said)) ? null : Number(said);
};

// Numbers as officials say them: 9,999, 12.3 万, 2.5 亿.
export const sayNumber = (number) => {
  if (number === null || number === undefined) return "—";
  const size = Math.abs(number);
  const [scaled, unit] = size >= 99995000 ? [number / 1e8, " 亿"] : size >= 1e4 ? [number / 1e4, " 万"] : [number, ""];
  return scaled.toLocaleString("zh-CN", { maximumFractionDigits: unit ? 1 : 2 }) + unit;
};

const theme = () => {
  const css = getComputedStyle(document.documentElement);
  const of = (name) => css.getPropertyValue(name).trim();
  return {
    series: [1, 2, 3, 4, 5, 6].map((n) => of(`--series-${n}`)),
    text: of("--bs-body-color"),
    muted: of("--mz-muted"),
    line: of("--mz-line"),
    surface: of("--mz-surface"),
    font: getComputedStyle(document.body).fontFamily,
  };
};

export const options = (figure, table) => {
  const { chart: kind, group, unit = "" } = figure.dataset;
  const stacked = "stack" in figure.dataset;
  const flat = "flat" in figure.dataset;
  const look = theme();
  const columns = [...table.tHead.rows[0].cells]
    .map((head, at) => ({ head, at }))
    .filter(({ head }) => "series" in head.dataset && (!group || head.dataset.series === group));
  const rows = [...table.tBodies[0].rows];
  const names = {
    type: "category",
    data: rows.map((row) => row.cells[0].textContent.trim()),
    axisLabel: { color: look.muted, hideOverlap: true, width: flat ? 160 : undefined, overflow: flat ? "truncate" : undefined },
    axisLine: { lineStyle: { color: look.line } },
    axisTick: { show: false },
    inverse: flat,
  };
  const numbers = {
    type: "value",
    minInterval: 1,
    axisLabel: { color: look.muted, formatter: sayNumber, hideOverlap: true },
    splitLine: { lineStyle: { color: look.line } },
  };
  return {
    animation: false,
    aria: { enabled: true, decal: { show: columns.length > 1 } }, // patterns too: not by colour alone
    textStyle: { fontFamily: look.font, color: look.text, fontSize: 13 },
    color: look.series.filter(Boolean),
    grid: { left: 8, right: 20, top: columns.length > 1 ? 36 : 14, bottom: 8, containLabel: true },
    legend: { type: "scroll", show: columns.length > 1, top: 0, left: 0, textStyle: { color: look.text }, itemGap: 16 },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      axisPointer: { type: kind === "bar" ? "shadow" : "line" },
      backgroundColor: look.surface,
      borderColor: look.line,
      textStyle: { color: look.text, fontSize: 13 },
      formatter: (points) =>
        [points[0].axisValueLabel, ...points.map((p) => `${p.seriesName}  ${sayExact(p.value)}${unit && ` ${unit}`}`)].join("\n"),
    },
    xAxis: flat ? numbers : names,
    yAxis: flat ? names : numbers,
    series: columns.map(({ head, at }) => {
      const type = head.dataset.kind ?? kind;
      const color = look.series[Number(head.dataset.color) - 1];
      return {
        type,
        name: head.textContent.trim(),
        data: rows.map((row) => value(row.cells[at])),
        stack: stacked && type === "bar" ? "all" : undefined,
        barMaxWidth: 28,
        symbolSize: 5,
        showSymbol: rows.length <= 40,
        connectNulls: false,
        itemStyle: color ? { color } : undefined,
        lineStyle: color ? { color, width: 2 } : { width: 2 },
      };
    }),
  };
};

const sayExact = (number) => (number === null || number === undefined ? "—" : number.toLocaleString("zh-CN"));

const draw = (figure) => {
  const table = document.querySelector(figure.dataset.table);
  if (!table || drawn.has(figure)) return;
  figure.setAttribute("aria-hidden", "true"); // the table says the same
  if (!table.tBodies[0]?.rows.length) {
    figure.hidden = true;
    return;
  }
  const chart = init(figure, null, { renderer: "canvas", devicePixelRatio: Math.max(SHARP, window.devicePixelRatio) });
  chart.setOption(options(figure, table));
  drawn.set(figure, chart);
  new ResizeObserver(() => chart.resize()).observe(figure);
};

const drawAll = () => {
  for (const [figure, chart] of drawn) {
    if (!figure.isConnected) {
      chart.dispose(); // htmx has put another in its place
      drawn.delete(figure);
    }
  }
  document.querySelectorAll("figure[data-chart]").forEach(draw);
};
document.addEventListener("htmx:afterSettle", drawAll);
drawAll();

// On paper a chart has the page's width, and the table behind it is printed too.
const folded = () => document.querySelectorAll("details.figures-table:not([open])");
let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = [...folded()];
  for (const details of unfolded) details.open = true;
  for (const chart of drawn.values()) chart.resize();
});
window.addEventListener("afterprint", () => {
  for (const details of unfolded) details.open = false;
  for (const chart of drawn.values()) chart.resize();
});
