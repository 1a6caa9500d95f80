// Push on this device: what state it is in, on, off, and mending at each start of the app.

export const supported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const WISH = "push"; // localStorage: the person turned push on here
const LATER = "push-later"; // localStorage: "not now", until then
const LATER_MS = 3 * 86400e3;

const csrf = () => document.querySelector("meta[name=csrf]")?.content ?? "";
const kept = () => navigator.serviceWorker.ready.then((worker) => worker.pushManager.getSubscription());
const applePhone = () => /iPhone|iPad|iPod/.test(navigator.userAgent) && !matchMedia("(display-mode: standalone)").matches;

// What it is as far as can be said at once: "on", "off", "denied", "ios" (must first stand on the Home Screen) or "unsupported"
export function guess() {
  if (!supported) return applePhone() ? "ios" : "unsupported";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && localStorage.getItem(WISH) ? "on" : "off";
}

// The same for certain: the browser may have let the subscription go
export async function state() {
  const now = guess();
  return now === "on" && !(await kept()) ? "off" : now;
}

export async function post(url, what) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf(), Accept: "application/json" };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(what), keepalive: true });
}

async function serverKey() {
  const answer = await fetch("/push/key", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`/push/key: ${answer.status}`);
  return (await answer.json()).key;
}

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const same = (one, other) => one?.byteLength === other.byteLength && new Uint8Array(one).every((byte, i) => byte === other[i]);

// A subscription of the browser under the server's key: the one that is there, or a new one
async function subscription() {
  const [worker, key] = await Promise.all([navigator.serviceWorker.ready, serverKey().then(bytes)]);
  const old = await worker.pushManager.getSubscription();
  if (old && same(old.options.applicationServerKey, key)) return old;
  await old?.unsubscribe();
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

// Asks for permission (only ever after a tap) and subscribes. Returns the state that came of it; throws where the server refuses.
export async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return state();
  const answer = await post("/push/subscribe", (await subscription()).toJSON());
  if (!answer.ok) throw new Error(`/push/subscribe: ${answer.status}`);
  localStorage.setItem(WISH, "on");
  localStorage.removeItem(LATER);
  return "on";
}

export async function turnOff() {
  localStorage.removeItem(WISH);
  if (!supported) return;
  const mine = await kept();
  if (mine) await Promise.allSettled([post("/push/unsubscribe", { endpoint: mine.endpoint }), mine.unsubscribe()]);
}

// At each start: the server has this browser's subscription, or the person has removed it elsewhere
export async function mend() {
  if (!supported || Notification.permission !== "granted" || !localStorage.getItem(WISH)) return;
  try {
    const before = await kept();
    const now = await subscription();
    const isNew = before?.endpoint !== now.endpoint;
    if (!isNew && sessionStorage.getItem(WISH) === now.endpoint) return;
    const answer = await post("/push/subscribe", { ...now.toJSON(), mend: !isNew });
    if (answer.status === 410) {
      localStorage.removeItem(WISH);
      await now.unsubscribe();
    } else if (answer.ok) sessionStorage.setItem(WISH, now.endpoint);
  } catch {
    // no connection: the next start mends
  }
}

export const endpoint = async () => (supported ? (await kept())?.endpoint : undefined);

export async function forget() {
  await turnOff().catch(() => {});
  (await navigator.serviceWorker?.getRegistration())?.active?.postMessage({ type: "forget" });
  await navigator.clearAppBadge?.().catch(() => {});
}

// Home's card: asks where push is not on yet, with its reason, and does not nag
export async function offerCard() {
  const card = document.getElementById("push-card");
  if (!card || Number(localStorage.getItem(LATER)) > Date.now()) return;
  const now = await state();
  if (now === "on" || now === "unsupported") return;
  const [on, steps, later, fault] = ["push-on", "push-steps", "push-later", "push-fault"].map((id) => card.querySelector(`#${id}`));
  on.hidden = now !== "off";
  steps.hidden = now === "off";
  later.onclick = () => {
    localStorage.setItem(LATER, Date.now() + LATER_MS);
    card.hidden = true;
  };
  on.onclick = async () => {
    on.disabled = true;
    try {
      const then = await turnOn();
      card.hidden = then === "on";
      on.hidden = then === "denied";
      steps.hidden = then !== "denied";
    } catch {
      fault.hidden = false;
    } finally {
      on.disabled = false;
    }
  };
  card.hidden = false;
}
