// Shows a password while its button is pressed in; without scripts the button stays hidden.
for (const button of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  const words = [button.textContent, button.dataset.hide];
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = words[Number(shown)];
    field.focus();
  });
  button.form.addEventListener("submit", () => { field.type = "password"; });
}
