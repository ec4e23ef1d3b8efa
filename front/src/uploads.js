// Uploads (上传): files dropped on the form, refused before sending when too large, progress while sending.
const MEGABYTE = 1024 * 1024;

export function bindUploads() {
  document.addEventListener("dragover", (event) => {
    const zone = event.target.closest(".drop");
    if (!zone) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => event.target.closest?.(".drop")?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    const zone = event.target.closest(".drop");
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("over");
    const input = zone.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("change", (event) => {
    const input = event.target.closest(".drop input[type=file]");
    if (!input) return;
    const files = [...input.files];
    const problem = refusal(files, Number(input.dataset.limit), Number(input.dataset.most));
    input.setCustomValidity(problem);
    const note = document.getElementById(input.dataset.note);
    const all = size(files.reduce((sum, file) => sum + file.size, 0));
    if (!files.length) note.textContent = "";
    else if (problem) note.textContent = problem;
    else if (files.length === 1) note.textContent = `已选择“${files[0].name}”, ${all}。`;
    else note.textContent = `已选择 ${files.length} 个文件, 共 ${all}。`;
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("progress[data-upload]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.max = event.detail.total;
    bar.value = event.detail.loaded;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const button = event.target.querySelector?.("button[data-once]");
    if (button) button.disabled = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const button = event.target.querySelector?.("button[data-once]");
    if (button) button.disabled = false;
    const bar = event.target.querySelector?.("progress[data-upload]");
    if (bar) bar.hidden = true;
  });
}

// What is wrong with the files chosen, before they are sent; empty where nothing is.
function refusal(files, limit, most) {
  const large = limit && files.find((file) => file.size > limit);
  if (large) return `“${large.name}”有 ${size(large.size)}, 超过上限 ${size(limit)}, 请拆分后上传。`;
  const empty = files.find((file) => file.size === 0);
  if (empty) return `“${empty.name}”是空文件。`;
  return most && files.length > most ? `一次最多 ${most} 个文件, 已选择 ${files.length} 个。` : "";
}

function size(bytes) {
  return bytes < MEGABYTE ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
