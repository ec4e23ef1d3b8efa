// Dialogs (对话框): a fragment put into #dialog opens it; once its form has answered, it closes.
export function openDialogs(htmx) {
  const dialog = () => document.getElementById("dialog");

  document.addEventListener("htmx:afterSwap", (event) => {
    const box = dialog();
    if (!box) return;
    if (event.detail.target === box && !box.open) box.showModal();
  });
  document.addEventListener("closeDialog", () => dialog()?.close()); // sent by the server with its answer
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-dialog]")) dialog()?.close();
  });

  // A download leaves the page as it is: the dialog that asked for the purpose closes once its form is on its way.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("dialog form[data-download]")) setTimeout(() => dialog()?.close());
  });

  // A revealed identifier covers itself again, so that it does not stay on an unattended screen.
  htmx.onLoad((content) => {
    const shown = content.matches?.("[data-cover-after]")
      ? [content]
      : content.querySelectorAll?.("[data-cover-after]") ?? [];
    for (const value of shown) {
      setTimeout(() => {
        value.querySelector("[data-shown]")?.replaceChildren(value.dataset.covered);
        value.querySelector("[data-note]")?.replaceChildren("已重新遮蔽");
      }, Number(value.dataset.coverAfter) * 1000);
    }
  });
}
