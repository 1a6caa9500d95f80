// The service worker: shows pushes and reports what became of them, and keeps the last pages for when there is no connection.
// BUILD (version, files, icons) stands above this line: see pages/phone.py.

const SHELL = `shell-${BUILD.version}`;
const PAGES = "pages";
const KEPT_PAGES = /^\/($|n\/|usage\/|recharge\/|bills\/|help\/|pay\/[^/]+\/$)/;
const FORM = "/help/complaints/new/"; // kept under its plain address, whatever it is asked to be about
const KEPT_FOR = "/kept-for"; // no page of the site: for whom, with which accounts, pages are kept
const MOST_PAGES = 24;
const PATIENCE_MS = 3000;
const RECEIPT_LIFE_MS = 7 * 86400e3;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll([...BUILD.shell, BUILD.offline]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== SHELL && name !== PAGES) await caches.delete(name);
      await self.clients.claim();
      await flush();
    })(),
  );
});

self.addEventListener("message", (event) => {
  if (event.data?.type === "forget") event.waitUntil(caches.delete(PAGES));
  if (event.data?.type === "keep" && event.data.url === FORM) event.waitUntil(warm());
});

// --- Push. Every push shows a notification: a browser takes the subscription away from those that do not.
self.addEventListener("push", (event) => event.waitUntil(take(event)));

async function take(event) {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // shown all the same, under the utility's name
  }
  const again = await wasShown(told.id);
  await self.registration.showNotification(told.title ?? BUILD.name, {
    body: told.body ?? "",
    lang: told.lang,
    tag: told.tag ?? "bijoli",
    renotify: Boolean(told.renotify && told.tag && !again),
    silent: Boolean(told.silent || again),
    requireInteraction: Boolean(told.critical),
    icon: BUILD.icon,
    badge: BUILD.badge,
    data: { id: told.id, kind: told.kind, url: told.url ?? "/n/", receipt: told.receipt, at: Date.now() },
  });
  const shown = Date.now();
  await Promise.allSettled([remember(told.id, shown), replace(told.replaces), report(told.receipt, "displayed", shown), badge(told.badge), tellPages({ type: "push", id: told.id }), flush()]);
}

// A sender that died before it knew the answer sends again. What this phone has shown before takes its own place once more, without a sound
const wasShown = (id) => queue("shown", (store) => store.get(id ?? "")).then(([at]) => at !== undefined, () => false);

async function remember(id, now) {
  if (!id) return;
  const [keys, times] = await queue("shown", (store) => [store.getAllKeys(), store.getAll()]);
  const old = keys.filter((_, place) => now - times[place] > RECEIPT_LIFE_MS);
  await queue("shown", (store) => [store.put(now, id), ...old.map((key) => store.delete(key))]);
}

// Entries under other tags that this push tells of as well
async function replace(tags = []) {
  for (const tag of tags) {
    for (const older of await self.registration.getNotifications({ tag })) older.close();
  }
}

async function badge(count) {
  if (typeof count !== "number" || !self.navigator.setAppBadge) return;
  await (count ? self.navigator.setAppBadge(count) : self.navigator.clearAppBadge());
}

async function tellPages(message) {
  for (const page of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) page.postMessage(message);
}

self.addEventListener("notificationclick", (event) => {
  const { receipt, url } = event.notification.data ?? {};
  event.notification.close();
  event.waitUntil(Promise.allSettled([open(url ?? "/n/"), report(receipt, "opened", Date.now())]));
});

// A page of ours that is open comes to the front and goes there; else a new one opens
async function open(url) {
  const target = new URL(url, self.location.origin);
  if (target.origin !== self.location.origin) return;
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => each.visibilityState === "visible") ?? pages[0];
  try {
    if (!page) throw new Error("no page is open");
    await page.focus();
    await page.navigate(target.href);
  } catch {
    await self.clients.openWindow(target.href);
  }
}

self.addEventListener("notificationclose", (event) => {
  const { tag, data } = event.notification;
  event.waitUntil(
    self.registration.getNotifications({ tag }).then((now) => {
      const replaced = now.some((each) => each.data?.id !== data?.id);
      return replaced ? undefined : report(data?.receipt, "closed", Date.now());
    }),
  );
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(resubscribe(event.oldSubscription, event.newSubscription)));

async function resubscribe(old, fresh) {
  const answer = await fetch("/push/key");
  if (!answer.ok) return; // signed out: nobody to tell
  const { key, csrf } = await answer.json();
  const applicationServerKey = Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const now = fresh ?? (await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }));
  const send = (url, what) =>
    fetch(url, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf }, body: JSON.stringify(what) });
  await send("/push/subscribe", now.toJSON());
  if (old && old.endpoint !== now.endpoint) await send("/push/unsubscribe", { endpoint: old.endpoint });
}

// --- Receipts: sent at once, else kept in IndexedDB and sent with the next push, start or connection
async function report(token, happened, at) {
  if (!token) return;
  const receipt = { token, event: happened, at };
  if (!(await send(receipt))) await queue("receipts", (store) => store.add(receipt));
}

async function send(receipt) {
  try {
    const answer = await fetch("/push/receipt", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(receipt),
      credentials: "omit",
      keepalive: true,
    });
    return answer.ok;
  } catch {
    return false;
  }
}

async function flush() {
  const [keys, waiting] = await queue("receipts", (store) => [store.getAllKeys(), store.getAll()]);
  for (const [place, receipt] of waiting.entries()) {
    if (Date.now() - receipt.at > RECEIPT_LIFE_MS || (await send(receipt))) await queue("receipts", (store) => store.delete(keys[place]));
    else return;
  }
}

self.addEventListener("online", () => flush());
self.addEventListener("sync", (event) => event.waitUntil(flush()));

// Runs `work` on a store (waiting receipts; ids that were shown, with when) and gives the results of its requests
function queue(name, work) {
  return new Promise((done, fail) => {
    const opening = indexedDB.open("bijoli", 2);
    opening.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) opening.result.createObjectStore("receipts", { autoIncrement: true });
      opening.result.createObjectStore("shown");
    };
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const base = opening.result;
      const change = base.transaction(name, "readwrite");
      const asked = [work(change.objectStore(name))].flat();
      change.oncomplete = () => done(asked.map((request) => request.result));
      change.onabort = () => fail(change.error);
      change.addEventListener("complete", () => base.close());
    };
  });
}

// --- Pages: the network first, for three seconds; then the last one that was kept, with its age; then the page for no connection
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/staff/")) return; // the staff's pages: never kept, never answered from here
  if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

async function file(request) {
  const kept = await caches.match(request);
  return kept ?? fetch(request);
}

async function page(event, url) {
  const plain = KEPT_PAGES.test(url.pathname) && !/\/photo\//.test(url.pathname);
  const keep = plain && !url.search;
  let keeping;
  const network = fetch(event.request).then((answer) => {
    const copy = keep && answer.ok && answer.type === "basic" && !answer.redirected ? answer.clone() : undefined;
    keeping = forgetOthers(answer).then(() => copy && store(url, copy));
    return answer;
  });
  event.waitUntil(network.then(() => keeping).catch(() => {}));
  const kept = keep || url.pathname === FORM ? await caches.open(PAGES).then((cache) => cache.match(url.pathname)) : undefined;
  if (!kept) return network.catch(() => caches.match(BUILD.offline));
  const late = new Promise((go) => setTimeout(go, PATIENCE_MS));
  return (await Promise.race([network.catch(() => undefined), late])) ?? aged(kept);
}

async function warm() {
  const answer = await fetch(FORM).catch(() => undefined);
  if (answer) await forgetOthers(answer);
  if (answer?.ok && !answer.redirected) await store(new URL(FORM, self.location.origin), answer);
}

// An account was left, or a role is another one now: what was kept before goes with the first answer that says so, whatever page it is
let forgetting = Promise.resolve(); // one answer after the other: two at once would each throw away what the other has kept
function forgetOthers(answer) {
  const now = answer.headers.get("X-Kept-For");
  return now ? (forgetting = forgetting.catch(() => {}).then(() => forgetUnless(now))) : Promise.resolve();
}

async function forgetUnless(now) {
  const before = await (await (await caches.open(PAGES)).match(KEPT_FOR))?.text();
  if (before === now) return;
  await caches.delete(PAGES);
  await (await caches.open(PAGES)).put(KEPT_FOR, new Response(now));
}

async function store(url, answer) {
  const cache = await caches.open(PAGES);
  const headers = { "Content-Type": "text/html; charset=utf-8", "X-Kept-At": String(Date.now()) };
  for (const name of ["Content-Security-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy"]) headers[name] = answer.headers.get(name) ?? "";
  await cache.put(url.pathname, new Response(await answer.text(), { headers }));
  const all = (await cache.keys()).filter((kept) => new URL(kept.url).pathname !== KEPT_FOR);
  for (const old of all.slice(0, Math.max(0, all.length - MOST_PAGES))) await cache.delete(old);
}

// The kept page knows its age: the app's script says it in the offline bar
async function aged(kept) {
  const text = (await kept.text()).replace("<body", `<body data-cached="${kept.headers.get("X-Kept-At")}"`);
  return new Response(text, { headers: kept.headers });
}
