// Warns two minutes before the session ends for want of use; one press of a key goes on, and nothing typed is lost.
const box = document.getElementById("stay");
const form = box.querySelector("form");
const button = form.querySelector("button");
const WARN = 120;
let ends, last, before, timer;

function know(left, most) {
  ends = Date.now() + left * 1000;
  last = Date.now() + most * 1000;
  wait();
}

function wait() {
  clearTimeout(timer);
  const left = (ends - Date.now()) / 1000;
  if (left <= 0) return over();
  timer = setTimeout(left > WARN ? ask : wait, Math.max(1000, (left > WARN ? left - WARN : left) * 1000));
}

// Another tab may have used the session meanwhile, so the server says what is left before anybody is warned.
async function ask() {
  try {
    const answer = await fetch(form.action, { cache: "no-store" });
    if (answer.status === 401) return over();
    const { left, most } = await answer.json();
    know(left, most);
    if (left <= WARN + 1 && most > left) warn();
  } catch {
    timer = setTimeout(ask, 5000);
  }
}

function warn() {
  if (!box.hidden) return;
  before = document.activeElement;
  box.hidden = false;
  button.focus();
}

function over() {
  clearTimeout(timer);
  box.hidden = false;
  button.hidden = true;
  for (const part of box.querySelectorAll("[data-over]")) part.textContent = part.dataset.over;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (answer.status === 401) return over();
    const { left, most } = await answer.json();
    box.hidden = true;
    before?.focus();
    know(left, most);
  } catch {
    button.focus();
  }
});

know(Number(box.dataset.left), Number(box.dataset.most));
