// The code page: takes the code out of the SMS (WebOTP), counts down to the next one, tells whether this phone keeps passkeys.
import { keepsPasskeys } from "./able.js";

const form = document.getElementById("code-form");
const input = form?.elements.code;

async function fromTheSms() {
  if (!input || !("OTPCredential" in window)) return;
  const stop = new AbortController();
  form.addEventListener("submit", () => stop.abort());
  try {
    const sms = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal });
    input.value = sms.code;
    form.requestSubmit();
  } catch { /* refused or timed out: the person types */ }
}

function countDown(button) {
  const words = button.textContent;
  const until = performance.now() + Number(button.dataset.seconds) * 1000;
  const digits = new Intl.NumberFormat(document.documentElement.lang === "bn" ? "bn-BD" : "en");
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.soon.replace("{n}", digits.format(left)) : words;
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
}

fromTheSms();
document.querySelectorAll("button[data-seconds]").forEach(countDown);
if (form && await keepsPasskeys()) form.elements.passkeys.value = "1";
