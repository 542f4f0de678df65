// Asks what has become of the picture and shows the page anew once that has changed; it asks no longer than needed.
const pairing = document.getElementById("pairing");
const state = pairing.dataset.state;
const until = Date.now() + 180000;

async function ask() {
  try {
    const answer = await fetch(pairing.dataset.asks, { cache: "no-store" });
    if (answer.ok && (await answer.json()).state !== state) return location.replace(location.pathname);
  } catch {
    // The network is away for a moment; the next question may get through.
  }
  if (Date.now() < until) setTimeout(ask, 2000);
}
if (state !== "over") setTimeout(ask, 2000);
