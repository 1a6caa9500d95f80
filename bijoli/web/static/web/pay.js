// One payment's page: looks soon and then every two seconds whether something has changed, copies a token, ticks it off. All of it works without this.
const live = document.getElementById("live");
const csrf = () => document.querySelector("meta[name=csrf]")?.content ?? "";
const FIRST_MS = 600; // most recharges have arrived by then, or by the next look
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
  const age = Date.now() - began;
  timer = setTimeout(ask, age < EVERY_MS ? FIRST_MS : age < SOON_MS ? EVERY_MS : LATER_MS);
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
  const body = String(new URLSearchParams(new FormData(form, submitter)));
  if (!(await send(form.action, body))) keep(form, body);
});

async function send(url, body) {
  const headers = { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": csrf() };
  const answer = await fetch(url, { method: "POST", body, headers }).catch(() => null);
  if (answer?.redirected) location.reload(); // signed out
  else if (answer?.ok) show(await answer.json());
  return answer !== null;
}

// No connection at the meter: the tick is shown, kept on the phone until the sign-out, and sent when there is one
const KEPT = "ticks";
const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");

function keep(form, body) {
  localStorage.setItem(KEPT, JSON.stringify([...kept(), [form.action, body]]));
  mark(form, body);
}

function mark(form, body) {
  form.closest("li").classList.toggle("typed", new URLSearchParams(body).get("typed") === "1");
  const rows = [...live.querySelectorAll(".tokens li")];
  const next = rows.find((row) => !row.classList.contains("typed"));
  for (const row of rows) row.classList.toggle("next", row === next);
}

async function sendKept() {
  const ticks = kept();
  localStorage.removeItem(KEPT);
  for (const [place, [url, body]] of ticks.entries()) {
    if (await send(url, body)) continue;
    localStorage.setItem(KEPT, JSON.stringify(ticks.slice(place)));
    for (const [action, said] of ticks.slice(place)) {
      const row = live.querySelector(`.tokens input[name=place][value="${new URLSearchParams(said).get("place")}"]`);
      if (row && row.form.action === action) mark(row.form, said);
    }
    return;
  }
}

document.addEventListener("visibilitychange", ask);
addEventListener("pageshow", ({ persisted }) => persisted && ask());
addEventListener("online", sendKept);
ready();
if (kept().length) sendKept();
timer = setTimeout(ask, FIRST_MS);
