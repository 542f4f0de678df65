// A button that prints the page, in place of the sentence that says how.
for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const sentence of document.querySelectorAll("[data-unless-printing]")) sentence.hidden = true;
