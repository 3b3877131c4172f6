// The live page of one campaign: fetches the figures, draws the chart, tells a screen reader.
"use strict";

const EVERY = 2000;
const EVERY_WHEN_OVER = 15000;
const SPOKEN_EVERY = 10000;

const page = document.getElementById("live");
const box = document.getElementById("chart");
const dark = matchMedia("(prefers-color-scheme: dark)");
let chart = null;
let data = null;
let timer = 0;
let updatedAt = Date.now();
let spokenAt = 0;

refresh();
dark.addEventListener("change", redraw);
new ResizeObserver(() => chart?.setSize(size())).observe(box);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    refresh();
  }
});

async function refresh() {
  clearTimeout(timer);
  let wait = EVERY;
  try {
    const response = await fetch(page.dataset.url, { headers: { Accept: "application/json" } });
    if (response.status === 401) {
      warn("You are signed out. Load the page again to sign in.");
      return;
    }
    if (!response.ok) {
      throw new Error(String(response.status));
    }
    const answer = await response.json();
    show(answer);
    wait = answer.live ? EVERY : EVERY_WHEN_OVER;
  } catch {
    const seconds = Math.round((Date.now() - updatedAt) / 1000);
    warn(`No new figures for ${seconds} seconds: the service does not answer. Trying again.`);
  }
  if (!document.hidden) {
    timer = setTimeout(refresh, wait);
  }
}

function warn(text) {
  const stale = document.getElementById("stale");
  if (stale.textContent !== text) {
    stale.textContent = text;
  }
  stale.hidden = false;
}

function show(answer) {
  updatedAt = Date.now();
  document.getElementById("stale").hidden = true;
  const open = foldings().filter((one) => one.open).map((one) => one.id);
  const focused = document.activeElement?.closest("#figures details")?.id;
  const link = document.activeElement?.closest("#figures a[id]")?.id;
  document.getElementById("figures").innerHTML = answer.figures;
  for (const folding of foldings()) {
    folding.open = open.includes(folding.id);
    if (folding.id === focused && document.activeElement === document.body) {
      folding.querySelector("summary").focus();
    }
  }
  if (link) {
    document.getElementById(link)?.focus();
  }
  if (answer.state !== page.dataset.state) {
    page.dataset.state = answer.state;
    document.getElementById("status").innerHTML = answer.status;
  }
  document.getElementById("rows").innerHTML = answer.rows;
  draw(answer.chart);
  speak(answer.sentence);
}

/** What can be unfolded in the figures; what was open stays open. */
function foldings() {
  return [...document.querySelectorAll("#figures details[id]")];
}

function speak(sentence) {
  const gist = document.getElementById("gist");
  if (Date.now() - spokenAt >= SPOKEN_EVERY && gist.textContent !== sentence) {
    spokenAt = Date.now();
    gist.textContent = sentence;
  }
}

function draw(fresh) {
  data = fresh;
  if (chart) {
    chart.setData(data);
  } else {
    redraw();
  }
}

function redraw() {
  if (!data) {
    return;
  }
  chart?.destroy();
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--pico-muted-color"),
    grid: { stroke: colour("--fd-grid"), width: 1 },
    ticks: { stroke: colour("--fd-grid"), width: 1 },
  };
  const points = { show: false };
  chart = new uPlot(
    {
      ...size(),
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_, low, high) => [0, Math.max(5, Math.ceil(high * 1.1))] } },
      axes: [{ ...axis, values: (_, ticks) => ticks.map(clock), space: 70 }, { ...axis, size: 40 }],
      series: [
        {},
        { label: "Lines", stroke: colour("--fd-idle"), width: 2, points },
        { label: "Talking", stroke: colour("--fd-talk"), width: 2, dash: [8, 4], points },
        { label: "Placed", stroke: colour("--fd-wrap"), width: 2, dash: [2, 3], points },
      ],
    },
    data,
    box,
  );
}

/** A time of day, UTC, as everywhere on the page. */
function clock(seconds) {
  return new Date(seconds * 1000).toISOString().slice(11, seconds % 60 ? 19 : 16);
}

function size() {
  return { width: box.clientWidth || 300, height: 200 };
}
