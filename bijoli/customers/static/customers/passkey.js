// Passkeys: a form with data-passkey="get" signs in with one, "create" makes one. It stays hidden where the phone cannot.
import { keepsPasskeys } from "./able.js";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function options({ publicKey }) {
  const ids = (list) => list?.map((each) => ({ ...each, id: bytes(each.id) }));
  const key = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
  if (key.excludeCredentials) key.excludeCredentials = ids(key.excludeCredentials);
  if (key.allowCredentials) key.allowCredentials = ids(key.allowCredentials);
  return { publicKey: key };
}

function asJson(credential) {
  const { response } = credential;
  const part = (name) => (response[name] ? { [name]: text(response[name]) } : {});
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].map(part);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: Object.assign({}, ...parts),
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function ceremony(form) {
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  const answer = await fetch(form.dataset.options, { method: "POST", headers });
  const told = await answer.json();
  if (told.confirm) return location.assign(told.confirm);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const credential = await navigator.credentials[form.dataset.passkey](options(told));
  form.elements.credential.value = asJson(credential);
  form.submit();
}

async function prepare(form) {
  if (!(await keepsPasskeys())) return;
  const failed = form.querySelector("[role=alert]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    form.setAttribute("aria-busy", "true");
    try { await ceremony(form); } catch (error) {
      failed.hidden = error.name === "AbortError";
    }
    form.removeAttribute("aria-busy");
  });
}

document.querySelectorAll("form[data-passkey]").forEach(prepare);
