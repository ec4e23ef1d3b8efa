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
    const file = input.files[0];
    const limit = Number(input.dataset.limit);
    const tooLarge = file && limit && file.size > limit;
    input.setCustomValidity(tooLarge ? "文件超过大小限制" : "");
    const note = document.getElementById(input.dataset.note);
    if (!file) note.textContent = "";
    else if (tooLarge) note.textContent = `“${file.name}”有 ${size(file.size)}, 超过上限 ${size(limit)}, 请拆分后上传。`;
    else note.textContent = `已选择“${file.name}”, ${size(file.size)}。`;
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

function size(bytes) {
  return bytes < MEGABYTE ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
