// Scripts that only some parts of a page need (按需脚本): an element says by data-needs which one, and it is had once, when the
// first such element is there; no page waits for it.
const had = new Set();

const have = () => {
  for (const { dataset } of document.querySelectorAll("[data-needs]")) {
    if (had.has(dataset.needs)) continue;
    had.add(dataset.needs);
    const script = document.createElement("script");
    script.src = dataset.needs;
    document.head.append(script);
  }
};

export const bindNeeds = () => {
  document.addEventListener("htmx:afterSettle", have);
  have();
};
