// node loop.mjs PORT SUBSCRIPTION_KEYS_JSON BYTES COUNT AT_ONCE: pushes with web-push, prints how many a second.
// AT_ONCE 1 awaits each; more is Promise.all of so many over an agent that keeps so many connections.
import https from 'node:https';
import webpush from 'web-push';

const [port, keys, bytes, count, atOnce] = process.argv.slice(2);
const vapid = webpush.generateVAPIDKeys();
webpush.setVapidDetails('mailto:push@example.org', vapid.publicKey, vapid.privateKey);
const subscription = { endpoint: `https://localhost:${port}/${'x'.repeat(40)}`, keys: JSON.parse(keys) };
const payload = 'x'.repeat(Number(bytes));
const batch = Number(atOnce);
const options = batch > 1 ? { agent: new https.Agent({ keepAlive: true, maxSockets: batch }) } : {};

async function push(total) {
  for (let sent = 0; sent < total; sent += batch) {
    if (batch === 1) await webpush.sendNotification(subscription, payload, options);
    else await Promise.all(Array.from({ length: batch }, () => webpush.sendNotification(subscription, payload, options)));
  }
}

await push(100); // warm
const began = performance.now();
await push(Number(count));
console.log(Number(count) / ((performance.now() - began) / 1000));
process.exit();
