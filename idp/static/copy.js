// Copies what a button names and says so where screen readers hear it.
for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
    document.getElementById(button.dataset.says).textContent = button.dataset.done;
  });
}
