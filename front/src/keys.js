// The keyboard (键盘): "/" goes to the search box, "?" shows the keys, arrows walk through results, Escape closes a menu.
const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

export function bindKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "/" && !typing(event.target)) {
      const box = document.getElementById("search-all");
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "?" && !typing(event.target)) {
      showKeys(event);
    } else if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    } else if ((event.key === "j" || event.key === "k") && !typing(event.target)) {
      document.querySelector(event.key === "j" ? "a[data-next]" : "a[data-previous]")?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      walk(event);
    }
  });
}

function showKeys(event) {
  const dialog = document.getElementById("dialog");
  const help = document.getElementById("keys-help");
  if (!dialog || dialog.open || !help) return;
  event.preventDefault();
  dialog.replaceChildren(help.content.cloneNode(true));
  dialog.showModal();
}

function walk(event) {
  const links = [...document.querySelectorAll(".results tbody a[data-result]")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const fromSearch = event.target.matches("input[type=search]");
  if (at < 0 && !fromSearch && event.target !== document.body) return;
  event.preventDefault();
  const next = event.key === "ArrowDown" ? at + 1 : at - 1;
  if (next >= 0 && next < links.length) links[next].focus();
  else if (next < 0) document.querySelector("main input[type=search]")?.focus();
}
