// Asks the service of a UKey on this computer to sign what the page shows, and sends what it gives.
const form = document.querySelector("form[data-ukey]");
const ukey = document.getElementById("ukey");
const says = document.getElementById("ukey-says");
const button = ukey.querySelector("button");
ukey.hidden = false;
button.addEventListener("click", async () => {
  says.textContent = "";
  try {
    const answer = await fetch(form.dataset.ukey, {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text: form.dataset.text }),
    });
    if (!answer.ok) throw new Error(answer.status);
    const { certificate, signature } = await answer.json();
    form.elements.certificate.value = certificate;
    form.elements.signature.value = signature;
    form.requestSubmit();
  } catch {
    says.textContent = button.dataset.failed;
  }
});
