// The settings page: push on this device, and the test push with its measured time.
import { endpoint, guess, post, state, turnOff, turnOn } from "./push.js";

const words = JSON.parse(document.getElementById("words").textContent);
const box = document.getElementById("push");
const fault = document.getElementById("push-fault");
const trial = document.getElementById("trial");
const buttons = ["push-on", "push-off", "push-try"].map((id) => document.getElementById(id));
const [on, off, test] = buttons;
const ASK_MS = 250;
const PATIENCE_MS = 60000;
const number = new Intl.NumberFormat(document.documentElement.lang === "bn" ? "bn-BD" : "en-IN", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function show(now) {
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== now;
  document.getElementById("push-state").textContent = words[now];
}

async function draw() {
  const now = await state();
  show(now);
  const mine = now === "on" ? await endpoint() : undefined;
  for (const row of document.querySelectorAll("[data-endpoint]")) row.querySelector("[data-here]").hidden = row.dataset.endpoint !== mine;
  return mine;
}

function busy(yes) {
  for (const button of buttons) button.disabled = yes;
}

async function act(what) {
  busy(true);
  fault.hidden = true;
  try {
    await what();
  } catch (error) {
    fault.textContent = words[error.message] ?? words.fault;
    fault.hidden = false;
  } finally {
    busy(false);
  }
}

on.onclick = () =>
  act(async () => {
    const then = await turnOn();
    if (then === "on") location.reload();
    else await draw();
  });

off.onclick = () =>
  act(async () => {
    await turnOff();
    location.reload();
  });

test.onclick = () =>
  act(async () => {
    const mine = await draw();
    const device = [...document.querySelectorAll("[data-endpoint]")].find((row) => row.dataset.endpoint === mine)?.dataset.device;
    if (!device) throw new Error("unknown");
    const answer = await post("/push/trial", { device });
    if (answer.status === 429) throw new Error("many");
    if (!answer.ok) throw new Error("fault");
    await follow((await answer.json()).id);
  });

// Asks how far it has come until it is shown, and writes the seconds beside each step
async function follow(id) {
  const steps = { sent: trial.querySelector("[data-step=sent]"), displayed: trial.querySelector("[data-step=displayed]") };
  for (const step of Object.values(steps)) {
    step.classList.add("ahead");
    step.querySelector("b").textContent = "";
  }
  trial.hidden = false;
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await new Promise((go) => setTimeout(go, ASK_MS))) {
    const answer = await fetch(`/push/trial/state?id=${id}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("fault");
    const way = await answer.json();
    for (const [name, step] of Object.entries(steps)) {
      if (way[name] === null || !step.classList.contains("ahead")) continue;
      step.classList.remove("ahead");
      step.querySelector("b").textContent = words.seconds.replace("{n}", number.format(way[name] / 1000));
    }
    if (way.displayed !== null) return;
    if (["failed", "expired", "suppressed"].includes(way.status)) throw new Error("lost");
  }
  throw new Error("slow");
}

show(guess()); // before the first paint, so that nothing moves
draw();
