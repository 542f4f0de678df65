// The device answers what a form carries, and the form is sent with its answer; data-autofill waits until a
// passkey is chosen in the login field.
const Key = window.PublicKeyCredential;
const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const swap = { "+": "-", "/": "_", "=": "" };
const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/[+/=]/g, (c) => swap[c]);
const named = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

function read(json, parse) {
  const o = JSON.parse(json), { user } = o;
  return Key[parse]?.(o) ?? {
    ...o,
    challenge: bytes(o.challenge),
    user: user && { ...user, id: bytes(user.id) },
    allowCredentials: named(o.allowCredentials),
    excludeCredentials: named(o.excludeCredentials),
  };
}

function said({ id, type, response: from }) {
  const response = {};
  for (const name in from) if (from[name] instanceof ArrayBuffer) response[name] = text(from[name]);
  return { id, rawId: id, type, response };
}

async function ask(form, mediation) {
  const { get, create } = form.dataset;
  try {
    const publicKey = read(create ?? get, `parse${create ? "Creation" : "Request"}OptionsFromJSON`);
    const key = await navigator.credentials[create ? "create" : "get"]({ publicKey, mediation });
    form.elements.credential.value = JSON.stringify(key.toJSON?.() ?? said(key));
    form.submit();
  } catch ({ name }) {
    form.querySelector(name == "InvalidStateError" ? "[data-known]" : "[data-cancelled]")?.removeAttribute("hidden");
  }
}

for (const form of Key ? document.querySelectorAll("[data-get], [data-create]") : []) {
  if ("autofill" in form.dataset) {
    if (await Key.isConditionalMediationAvailable?.()) ask(form, "conditional");
    continue;
  }
  document.querySelector("[data-missing]").hidden = true;
  form.querySelector("[data-ready]").hidden = false;
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(form); });
}
