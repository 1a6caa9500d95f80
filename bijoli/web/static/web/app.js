// What every page does beyond plain HTML: the service worker, the bell's count, the offline bar, Home's cards. All of it may be missing.
import { flush, show as showKept } from "./outbox.js";
import { forget, mend, offerCard } from "./push.js";

const body = document.body;
const signedIn = "signedIn" in body.dataset;
const POLL_MS = 4000;
const READ_AFTER_MS = 1000;
const RENEW_MS = 120000;
const GRACE_MS = 10000;

const csrf = () => document.querySelector("meta[name=csrf]")?.content ?? "";
const digits = (n) => n.toLocaleString(document.documentElement.lang === "bn" ? "bn-BD" : "en-IN");

// --- The service worker, and what it tells
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" }).catch(() => {});
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.type === "push") ask();
  });
  if (!signedIn && !("offline" in body.dataset)) navigator.serviceWorker.ready.then((r) => r.active?.postMessage({ type: "forget" }));
}

// --- The bell: the server is the truth, we only show its count
let shown = Number(document.querySelector("#bell b")?.dataset.count ?? 0);
let badged; // what the app's icon shows; unknown at first
let asking = false;
let renewed = Date.now();

async function ask() {
  if (!signedIn || asking || document.hidden) return;
  asking = true;
  const began = Date.now();
  try {
    const answer = await fetch("/unread", { headers: { Accept: "application/json" } });
    if (answer.status === 401) {
      navigator.serviceWorker?.controller?.postMessage({ type: "forget" });
      location.reload();
    } else if (answer.ok) {
      const { unread, ids } = await answer.json();
      online(true);
      show(unread);
      tidy(ids, began);
      if (began - renewed > RENEW_MS) renew();
    }
  } catch {
    online(false);
  } finally {
    asking = false;
  }
}

function show(count) {
  const bell = document.getElementById("bell");
  if (navigator.setAppBadge && count !== badged) (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
  badged = count;
  if (!bell || count === shown) return;
  const { none, one, many } = bell.dataset;
  bell.setAttribute("aria-label", count === 0 ? none : count === 1 ? one : many.replace("{n}", digits(count)));
  const badge = bell.querySelector("b");
  badge.textContent = digits(count);
  badge.hidden = count === 0;
  if (count > shown) say(bell.getAttribute("aria-label"));
  shown = count;
  renew();
}

function say(words) {
  const voice = document.getElementById("voice");
  if (voice) voice.textContent = words;
}

// What was read elsewhere leaves this phone's tray. What has just been shown stays for a moment: the answer may be older than it.
async function tidy(ids, began) {
  const worker = await navigator.serviceWorker?.getRegistration();
  for (const note of (await worker?.getNotifications?.()) ?? []) {
    const { id, kind, at } = note.data ?? {};
    if (id && kind !== "test" && at < began - GRACE_MS && !ids.includes(id)) note.close();
  }
}

// A page that lists notifications takes its new content in, without moving what is being read
async function renew() {
  const main = document.querySelector("main[data-live]");
  renewed = Date.now();
  if (!main || main.contains(document.activeElement)) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main[data-live]");
  if (!fresh) return;
  const left = document.getElementById("slides")?.scrollLeft ?? 0;
  main.replaceChildren(...fresh.childNodes);
  cards(left);
  showKept();
  offerCard();
}

// --- No connection: say so, with the age of what is shown
function online(yes) {
  const bar = document.getElementById("offline");
  if (!bar) return;
  bar.hidden = yes && !body.dataset.cached;
  const kept = Number(body.dataset.cached);
  if (kept) bar.querySelector("time").textContent = age(kept);
}

function age(since) {
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const minutes = Math.round((Date.now() - since) / 60000);
  if (minutes < 60) return words.format(-minutes, "minute");
  return minutes < 2880 ? words.format(-Math.round(minutes / 60), "hour") : words.format(-Math.round(minutes / 1440), "day");
}

// A kept page is loaded anew once the site really answers: "online" may be the phone's hope alone, and would undo a tap on a link
async function anew() {
  const answer = await fetch("/unread", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) location.reload();
}

addEventListener("offline", () => online(false));
addEventListener("online", () => (body.dataset.cached ? flush().then(anew) : (ask(), sendKept())));
if (!navigator.onLine || body.dataset.cached) online(false);

// --- Home's cards: the height and the bottom bar follow the one that is in view
let inView;

function fit() {
  const slides = document.getElementById("slides");
  if (!slides || !inView) return;
  slides.style.height = slides.scrollWidth > slides.clientWidth ? `${inView.offsetHeight + 8}px` : "";
}

function cards(left = 0) {
  const slides = document.getElementById("slides");
  if (!slides || slides.children.length < 2) return;
  slides.scrollTo({ left, behavior: "instant" });
  const watch = new IntersectionObserver(
    (entries) => {
      const now = entries.filter((entry) => entry.isIntersecting);
      if (now.length !== 1) return; // on a wide screen all of them are
      inView = now[0].target;
      fit();
      for (const link of document.querySelectorAll("nav.bottom a"))
        link.setAttribute("href", link.getAttribute("href").replace(/[0-9a-f-]{36}/, inView.dataset.account));
    },
    { root: slides, threshold: 0.6 },
  );
  for (const slide of slides.children) watch.observe(slide);
}
addEventListener("resize", fit);

// --- Menus close by a tap beside them, by Escape, and by choosing
addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.switch[open]")) if (!menu.contains(target) || target.closest(".menu a")) menu.open = false;
});
addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.switch[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// --- One notification: looked at for a second is read
const main = document.querySelector("main[data-read]");
if (main && !body.dataset.cached) {
  setTimeout(async () => {
    if (document.hidden) await new Promise((go) => document.addEventListener("visibilitychange", go, { once: true }));
    const answer = await fetch(main.dataset.read, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": csrf() } }).catch(() => null);
    if (answer?.ok) {
      show((await answer.json()).unread);
      ask();
    }
  }, READ_AFTER_MS);
}

// --- Complaints that waited for a connection; a page that lists them then shows them
async function sendKept() {
  if (signedIn && (await flush())) renew();
}

// --- A form that must be there without a connection is kept before it is needed
async function warm() {
  const url = document.querySelector("main[data-warm]")?.dataset.warm;
  if (url && !body.dataset.cached) (await navigator.serviceWorker?.ready)?.active?.postMessage({ type: "keep", url });
}

// --- Signing out: this phone gets nothing more, and keeps nothing
for (const form of document.querySelectorAll("form[data-sign-out], form[action$='/logout/']")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await Promise.race([forget(), new Promise((go) => setTimeout(go, 1500))]);
    form.submit();
  });
}

if (signedIn) {
  cards();
  offerCard();
  mend();
  ask();
  showKept();
  sendKept();
  warm();
  setInterval(ask, POLL_MS);
  document.addEventListener("visibilitychange", ask);
  addEventListener("pageshow", ({ persisted }) => persisted && ask());
}
