// Deciding by keyboard (键盘处置): the key an element names with data-key presses, chooses or enters it.
const typing = (element) => element.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

export function bindChoices() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const form = event.target.form;
    if (event.key === "Enter" && form && event.target.matches("input[type=radio]")) {
      event.preventDefault(); // a radio button alone would not send the form everywhere
      form.requestSubmit();
      return;
    }
    if (!/^[0-9a-z]$/i.test(event.key)) return;
    const target = document.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
    if (!target) return;
    event.preventDefault();
    target.focus();
    if (target.matches("a, button, input[type=radio], input[type=checkbox]")) target.click();
  });
}
