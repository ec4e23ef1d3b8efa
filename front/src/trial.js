// Trying an interface (接口试用): the page sends the real call with a token of the test system and shows what came back.
let token = "";

export function bindTrial() {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-trial] form[data-call]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    const output = form.querySelector(".trial-answer");
    button.disabled = true;
    output.hidden = false;
    output.textContent = "正在发送…";
    try {
      output.textContent = await sent(form);
    } catch {
      output.textContent = "没有连上，请稍后再试。";
    }
    button.disabled = false;
  });
}

async function sent(form) {
  let answer = await call(form);
  if (answer.status === 401) {
    token = await fresh(form.closest("[data-trial]"));
    answer = await call(form);
  }
  const shown = ["Request-Id", "Receipt", "Content-Digest", "Request-Digest", "Retry-After", "Content-Type"];
  const heads = shown.filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
  return `HTTP ${answer.status}\n${heads.join("\n")}\n\n${pretty(await answer.text())}`;
}

function call(form) {
  const path = form.elements.path.value.trim();
  const options = { headers: { Authorization: `Bearer ${token || "none"}` }, credentials: "omit", cache: "no-store" };
  if (form.dataset.call !== "GET") options.method = "POST";
  if (form.dataset.call === "POST") {
    options.headers["Content-Type"] = "application/json";
    options.body = form.elements.body.value;
  } else if (form.dataset.call === "UPLOAD") {
    options.body = new FormData();
    options.body.append("file", new File([form.elements.body.value], "list.csv", { type: "text/csv" }));
  }
  // Only this node's own interfaces: what is typed into the address goes nowhere else.
  if (!path.startsWith("/api/v1/")) return Promise.resolve(new Response("地址应以 /api/v1/ 开头", { status: 400 }));
  return fetch(path, options);
}

async function fresh(place) {
  const secret = place.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(place.dataset.token, { method: "POST", headers: { "X-CSRFToken": secret } });
  return answer.ok ? (await answer.json()).access_token : "";
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}
