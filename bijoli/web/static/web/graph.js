// A chart under a finger, a mouse or the arrow keys: the reading of the bar that it stands on, shown over the chart and said aloud.
// Without this the chart is a picture, the last bar's reading stands over it, and the table has all of them.
for (const graph of document.querySelectorAll("[data-graph]")) {
  const plot = graph.querySelector("svg");
  const bars = [...plot.querySelectorAll("[data-t]")];
  const [main, rest] = graph.querySelectorAll(".pick > *");
  if (!bars.length) continue;
  let at = Math.max(0, bars.findLastIndex((bar) => !bar.querySelector(".gap")));

  const stick = document.createElement("div"); // over the picture, so that the picture stays one for screen readers
  const name = plot.getAttribute("aria-label");
  for (const [key, value] of Object.entries({ role: "slider", tabindex: 0, "aria-label": `${graph.dataset.graph}: ${name}`, "aria-valuemin": 1, "aria-valuemax": bars.length }))
    stick.setAttribute(key, value);
  stick.className = "stick";
  const frame = document.createElement("div");
  frame.className = plot.querySelector("svg") ? "plot gutter" : "plot";
  plot.before(frame);
  frame.append(plot, stick);

  const go = (to, shown = true) => {
    at = Math.min(bars.length - 1, Math.max(0, to));
    const [first, then = ""] = bars[at].dataset.t.split("|");
    stick.setAttribute("aria-valuenow", at + 1);
    stick.setAttribute("aria-valuetext", then ? `${first}, ${then}` : first);
    if (!shown) return;
    main.textContent = first;
    rest.textContent = then;
    plot.classList.add("held");
    bars.forEach((bar, n) => bar.classList.toggle("on", n === at));
  };
  const under = ({ clientX }) => {
    const box = stick.getBoundingClientRect();
    go(Math.floor(((clientX - box.left) / box.width) * bars.length));
  };
  stick.addEventListener("pointerdown", (event) => {
    under(event);
    if (event.pointerType !== "mouse") stick.setPointerCapture(event.pointerId);
  });
  stick.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" || event.buttons) under(event);
  });
  const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7 };
  stick.addEventListener("keydown", (event) => {
    const to = event.key in steps ? at + steps[event.key] : { Home: 0, End: bars.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
  go(at, false);
}
