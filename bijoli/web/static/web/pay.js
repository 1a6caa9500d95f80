// One payment's page: looks every two seconds whether something has changed, copies a token, ticks it off. All of it works without this.
const live = document.getElementById("live");
const csrf = () => document.querySelector("meta[name=csrf]")?.content ?? "";
const EVERY_MS = 2000;
const LATER_MS = 10000;
const SOON_MS = 300000;
const began = Date.now();
let timer;

function show({ v, live: goesOn, title, html }) {
  if (html && v !== live.dataset.v) {
    const before = document.activeElement?.closest?.("#tokens") !== null;
    live.innerHTML = html;
    live.dataset.v = v;
    const said = document.getElementById("voice");
    if (title && said) said.textContent = title;
    live.querySelector(".paid")?.classList.add("fresh");
    ready();
    if (before) live.querySelector("#tokens .next button[name=typed]")?.focus();
  }
  live.toggleAttribute("data-live", Boolean(goesOn));
}

async function ask() {
  clearTimeout(timer);
  if (!("live" in live.dataset) || document.hidden || document.body.dataset.cached) return;
  try {
    const answer = await fetch(`${live.dataset.url}?v=${live.dataset.v}`, { headers: { Accept: "application/json" } });
    if (answer.redirected) return location.reload(); // signed out
    if (answer.ok) show(await answer.json());
  } catch {
    // no connection: again later
  }
  timer = setTimeout(ask, Date.now() - began < SOON_MS ? EVERY_MS : LATER_MS);
}

function ready() {
  if (navigator.clipboard) for (const button of live.querySelectorAll("[data-copy]")) button.hidden = false;
}

live.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy.replaceAll(" ", "")).catch(() => {});
  button.querySelector("span").textContent = live.dataset.copied;
});

live.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  const body = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": csrf() } }).catch(() => null);
  if (answer?.ok) show(await answer.json());
  else form.submit();
});

document.addEventListener("visibilitychange", ask);
addEventListener("pageshow", ({ persisted }) => persisted && ask());
ready();
timer = setTimeout(ask, EVERY_MS);
