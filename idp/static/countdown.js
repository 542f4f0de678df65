// Holds a button back until the server would answer it again; the words carry {} for the seconds left.
for (const button of document.querySelectorAll("[data-seconds]")) {
  const words = button.textContent;
  const until = Date.now() + Number(button.dataset.seconds) * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.waiting.replace("{}", left) : words;
    if (left > 0) setTimeout(tick, 500);
  };
  tick();
}
