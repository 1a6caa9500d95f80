// The form of a new complaint, beyond plain HTML: the photo made small before it is sent, and the form kept while there is no connection.
import { keep, post } from "./outbox.js";

const LONGEST = 1600;
const form = document.getElementById("complaint");
const chosen = () => form.querySelector("[name=category]:checked");

// What the address asks for, where this page was kept by the phone under its plain address
const asked = new URLSearchParams(location.search);
if (document.body.dataset.cached) {
  form.draft.value = crypto.randomUUID(); // a kept page's key may have been used
  for (const key of ["alert", "charge", "order", "power"]) if (asked.has(key)) add(key, asked.get(key));
  const kind = asked.get("category");
  if (kind && form.querySelector(`[name=category][value="${CSS.escape(kind)}"]`)) form.category.value = kind;
  if (asked.has("account")) form.account.value = asked.get("account");
}

function add(name, value) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name, value });
  form.append(field);
}

// --- The kind: chosen, or chosen anew without losing what was typed
function open() {
  const group = chosen()?.closest("details");
  if (group) group.open = true;
}
open();
form.addEventListener("change", ({ target }) => {
  if (target.name !== "category") return;
  const free = "free" in target.dataset || form.querySelector("[name=order]"); // a payment may be for somebody else's meter
  if (!free && form.account.value === "none" && form.account.options.length > 1) form.account.selectedIndex = 0;
  scrollTo({ top: 0 });
});
form.querySelector("[data-again]").addEventListener("click", (event) => {
  event.preventDefault();
  if (chosen()) chosen().checked = false;
});

// --- The photo: small enough for a weak connection, shown before it is sent
form.photo.addEventListener("change", async () => {
  const [file] = form.photo.files;
  const shot = document.getElementById("shot");
  shot.hidden = true;
  if (!file) return;
  const small = await smaller(file).catch(() => null);
  if (!small) return; // the server looks at it
  const moved = new DataTransfer();
  moved.items.add(new File([small], "photo.jpg", { type: "image/jpeg" }));
  form.photo.files = moved.files;
  const reader = new FileReader();
  reader.onload = () => {
    shot.src = reader.result;
    shot.hidden = false;
  };
  reader.readAsDataURL(small);
});

async function smaller(file) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const by = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * by);
  canvas.height = Math.round(image.height * by);
  const paper = canvas.getContext("2d");
  paper.fillStyle = "#fff";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/jpeg", 0.8));
}

// --- Sending: at once, or as soon as there is a connection. What the server refuses it says itself, on the page.
let passed = false;
form.addEventListener("submit", async (event) => {
  if (passed) return;
  event.preventDefault();
  const button = form.querySelector("button.button");
  if (button.disabled) return;
  button.disabled = true;
  const entries = [...new FormData(form)].filter(([, value]) => typeof value === "string" || value.size > 0);
  try {
    const { url, status } = await post(entries);
    if (url) return location.assign(url);
    if (status === 401 && (await keep(entries).then(() => true, () => false))) return location.assign("/help/complaints/"); // by the sign-in
    passed = true;
    button.disabled = false;
    form.requestSubmit();
  } catch {
    if (form.text.value.trim() && (await keep(entries).then(() => true, () => false))) kept();
    else {
      passed = true;
      button.disabled = false;
      form.requestSubmit();
    }
  }
});

function kept() {
  const note = document.getElementById("kept");
  note.querySelector("[data-danger]").hidden = !("danger" in (chosen()?.dataset ?? {}));
  form.hidden = true;
  note.hidden = false;
  note.focus();
}
