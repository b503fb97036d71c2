"use strict";
// What people search for, and items like an item. Uses what app.js defines; everything is set as text there too.
const INSIGHTS_MS = 30000, LISTED = 8, SIMILAR = 8;
const CHANGES = { up: ["▲", "상승 · up"], down: ["▼", "하락 · down"], same: ["–", "그대로 · same"], new: ["new", "새로 · new"] };

function change({ change: kind, rank, previous_rank: before }) {
  const [sign, said] = CHANGES[kind] ?? ["", "비교할 기간 없음"], moved = before ? Math.abs(before - rank) : 0;
  const shown = make("span", { className: `change ${kind}`, textContent: moved ? `${sign}${moved}` : sign, title: said });
  shown.setAttribute("role", "img");
  shown.setAttribute("aria-label", moved ? `${said} ${moved}` : said);
  return shown;
}

const people = (text, title = "") => make("span", { className: "people", textContent: text, title });

function row(item, ...more) {
  const again = make("button", { type: "button", textContent: item.term, title: item.term, onclick: () => ask(item.term, "suggestion") });
  return make("li", {}, make("span", { className: "rank", textContent: item.rank }), again, ...more);
}

const ROWS = {
  popular: (item) => row(item, people(`${number(item.people)}명`), change(item)),
  trending: (item) => row(item, people(`${number(item.now)}명 · 평소 ${item.expected.toFixed(1)}`,
    `now ${item.now}, expected ${item.expected.toFixed(1)}, score ${item.score.toFixed(1)}`)),
  missing: (item) => row(item, people(`${number(item.people)}명`, item.prompt)),
};

function list(name, { items }) {
  const none = make("li", { className: "none", textContent: "아직 없습니다 · Nothing yet" });
  $(name).replaceChildren(...(items.length ? items.map(ROWS[name]) : [none]));
}

async function insights() {
  const include = $("simulated").checked ? "simulated" : "";
  const names = Object.keys(ROWS);
  try {
    const told = await Promise.all(names.map((name) => get(`/insights/searches/${name}`, { window: "day", limit: LISTED, include })));
    if (include !== ($("simulated").checked ? "simulated" : "")) return; // switched meanwhile
    names.forEach((name, index) => list(name, told[index]));
    const simulated = told.some((each) => each.has_simulated);
    $("simulated-row").hidden = !simulated;
    $("simulated-note").hidden = !told.some((each) => each.simulated);
    $("insights").hidden = !simulated && told.every((each) => !each.items.length);
  } catch { /* the next turn tries again */ }
}

async function similar(item) {
  const include = $("simulated").checked ? "simulated" : "";
  const { items } = await get(`/items/${item.id}/similar`, { limit: SIMILAR, include }).catch(() => ({ items: [] }));
  if (!items.length || !$("detail").open || $("detail-name").textContent !== item.name) return;
  const listed = items.map((each) => make("li", {}, make("button", { type: "button", onclick: () => show({ item: each }) },
    pictureOf(each), make("span", { className: "name", textContent: each.name }))));
  $("detail-body").append(make("h3", { textContent: "비슷한 에셋 · Similar" }), make("ul", { className: "similar" }, ...listed));
}

async function refresh() {
  if (!document.hidden) await insights();
  setTimeout(refresh, INSIGHTS_MS);
}

$("simulated").addEventListener("change", insights);
refresh();
