// Charts (图表): every chart is drawn from the table beside it, so that the figures are there without it too.
//
// <figure data-chart="line" data-table="#figures"></figure>  kinds: line, bar. The table's first column names the points,
// every further column whose heading has data-series is a series; a cell's data-value goes before its text.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const value = (cell) => {
  const said = cell.dataset.value ?? cell.textContent.replaceAll(",", "");
  return said.trim() === "" || Number.isNaN(Number(said)) ? null : Number(said);
};

export const options = (kind, table) => {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const drawn = heads.map((head, at) => ({ head, at })).filter(({ head }) => "series" in head.dataset);
  const css = getComputedStyle(document.documentElement);
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    color: [1, 2, 3, 4, 5, 6].map((n) => css.getPropertyValue(`--series-${n}`).trim()).filter(Boolean),
    grid: { left: 8, right: 16, top: drawn.length > 1 ? 32 : 12, bottom: 8, containLabel: true },
    legend: drawn.length > 1 ? { top: 0 } : undefined,
    tooltip: { trigger: "axis", confine: true },
    xAxis: { type: "category", data: rows.map((row) => row.cells[0].textContent.trim()) },
    yAxis: { type: "value" },
    series: drawn.map(({ head, at }) => ({
      type: kind,
      name: head.textContent.trim(),
      data: rows.map((row) => value(row.cells[at])),
      barMaxWidth: 28,
    })),
  };
};

const draw = (figure) => {
  const table = document.querySelector(figure.dataset.table);
  if (!table || figure.dataset.drawn) return;
  figure.dataset.drawn = "1";
  figure.setAttribute("aria-hidden", "true"); // the table says the same
  const chart = init(figure, null, { renderer: "svg" });
  chart.setOption(options(figure.dataset.chart, table));
  new ResizeObserver(() => chart.resize()).observe(figure);
};

const drawAll = () => document.querySelectorAll("figure[data-chart]").forEach(draw);
document.addEventListener("htmx:afterSettle", drawAll);
drawAll();
