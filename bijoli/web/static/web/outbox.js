// Complaints that were sent without a connection: kept on this phone with their photo, and sent once when it is back.
// Each form has a key of its own: however often it is sent, it is one complaint.

const STORE = "drafts";
const URL = "/help/complaints/new/";
let sending = false;

function base(mode, work) {
  return new Promise((done, fail) => {
    const opening = indexedDB.open("bijoli-drafts", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "draft" });
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const change = opening.result.transaction(STORE, mode);
      const asked = work(change.objectStore(STORE));
      change.oncomplete = () => done(asked?.result);
      change.onabort = () => fail(change.error);
      change.addEventListener("complete", () => opening.result.close());
    };
  });
}

export const keep = (entries) => base("readwrite", (store) => store.put({ draft: entries.find(([name]) => name === "draft")[1], entries, at: Date.now() }));
export const waiting = () => base("readonly", (store) => store.getAll()).catch(() => []);
const drop = (draft) => base("readwrite", (store) => store.delete(draft));

// What the server made of it: {url}, or the status of its refusal. Throws where it was not reached.
export async function post(entries) {
  const form = new FormData();
  for (const [name, value] of entries) if (name !== "csrfmiddlewaretoken") form.append(name, value);
  const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
  const answer = await fetch(URL, { method: "POST", body: form, headers: { Accept: "application/json", "X-CSRFToken": csrf } });
  const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  return { status: answer.redirected ? 401 : answer.status, ...told };
}

// Sends what waits. What the server refuses for good is kept with its words, for the person to see; too often, signed out or a fault of ours: later.
// Says how many were sent.
export async function flush() {
  if (sending || !navigator.onLine) return 0;
  let sent = 0;
  sending = true;
  try {
    for (const { draft, entries, refused } of await waiting()) {
      if (refused) continue;
      const { url, status } = await post(entries);
      if (url) sent += 1;
      if (url || status === 409) await drop(draft); // 409: somebody else's, who used this phone before
      else if (status === 422) await refuse(draft, entries);
      else break;
    }
  } catch {
    // not yet
  } finally {
    sending = false;
    await show();
  }
  return sent;
}

// Once more without the photo: the words are what counts
async function refuse(draft, entries) {
  const plain = entries.filter(([, value]) => typeof value === "string");
  const { url, status } = plain.length < entries.length ? await post(plain) : { status: 422 };
  if (url) await drop(draft);
  else if (status === 422) await base("readwrite", (store) => store.put({ draft, entries: plain, refused: true, at: Date.now() }));
}

// What waits, or could not be sent, on the page of the complaints
export async function show() {
  const note = document.getElementById("outbox");
  if (!note) return;
  const all = await waiting();
  const lost = all.find(({ refused }) => refused);
  note.hidden = all.length === 0;
  note.querySelector("[data-waiting]").hidden = !all.some(({ refused }) => !refused);
  const box = note.querySelector("[data-refused]");
  box.hidden = !lost;
  if (!lost) return;
  box.querySelector("q").textContent = lost.entries.find(([name]) => name === "text")?.[1] ?? "";
  box.querySelector("button").onclick = () => drop(lost.draft).then(show);
}
