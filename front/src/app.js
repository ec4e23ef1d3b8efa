// The desk's script (前端脚本): htmx for fragments, and what a keyboard and a mouse expect.
import htmx from "htmx.org";
import { bindChoices } from "./choose.js";
import { openDialogs } from "./dialogs.js";
import { bindKeys } from "./keys.js";
import { bindNeeds } from "./needs.js";
import { bindTrial } from "./trial.js";
import { bindUploads } from "./uploads.js";

Object.assign(htmx.config, {
  includeIndicatorStyles: false, // the content security policy allows no inline style,
  allowEval: false, //              no evaluated script,
  allowScriptTags: false,
  selfRequestsOnly: true, //        and no other host
  defaultSettleDelay: 0, // a form that can be seen answers at once, however fast one types
  historyCacheSize: 0, // pages with personal data never lie in the browser's storage
  refreshOnHistoryMiss: true,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true }, // what was wrong stands in the page that comes back
    { code: "[45]..", swap: false, error: true },
  ],
});

openDialogs(htmx);
bindKeys();
bindChoices();
bindUploads();
bindNeeds();
bindTrial();

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-toggle-side]");
  if (toggle) {
    const open = document.getElementById("side").classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const row = event.target.closest(".results tbody tr");
  if (row && !event.target.closest("a, button") && !String(getSelection())) row.querySelector("a")?.click();
  if (event.target.closest("[data-print]")) print();
});

// A fragment that cannot be had says so, instead of nothing happening.
const say = (text) => {
  const place = document.getElementById("messages");
  const box = document.createElement("div");
  box.className = "alert alert-danger";
  box.setAttribute("role", "alert");
  box.textContent = text;
  place.replaceChildren(box);
};
const REASONS = { 403: "您没有权限进行这项操作, 或页面已过期, 请刷新后重试。", 404: "所查内容不存在。", 413: "文件超过大小限制。" };
document.addEventListener("htmx:responseError", (event) => {
  say(REASONS[event.detail.xhr.status] ?? "系统没有完成这项操作, 请稍后重试。");
});
document.addEventListener("htmx:sendError", () => say("连接不上服务器, 请检查网络后重试。"));
