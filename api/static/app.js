"use strict";
// Everything that comes from the server is set as text, never as HTML.
const API = "/api/v1";
const CATEGORIES = { weapon: "무기", armor: "방어구", accessory: "악세서리", consumable: "소비아이템", material: "재료",
  character: "캐릭터", ui: "UI", background: "배경", effect: "이펙트" };
const POLL_MS = 1500, TYPING_MS = 120;
const $ = (id) => document.getElementById(id);
const state = { q: "", source: "typed", category: "", sort: "relevance", cursor: null, shown: 0, turn: 0, counts: {}, option: -1, credits: new Map() };

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child != null));
  return element;
}

// One visit, known to this tab alone: it ties searches to what was opened of them.
const session = (() => {
  const fresh = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const kept = sessionStorage.getItem("session") || fresh;
    sessionStorage.setItem("session", kept);
    return kept;
  } catch { return fresh; } // storage is switched off
})();

async function get(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  const response = await fetch(`${API}${path}?${new URLSearchParams(given)}`);
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail || response.statusText);
  return body;
}

const number = (value) => Number(value).toLocaleString("ko-KR");
const price = (value) => (value === 0 ? "무료" : `${number(value)}원`);
const safeLink = (url) => (/^https?:\/\//i.test(url || "") ? url : null);

function link(text, url) {
  const href = safeLink(url);
  return href ? make("a", { href, rel: "noopener noreferrer", target: "_blank", textContent: text }) : make("span", { textContent: text });
}

function credit(attribution) {
  if (!attribution) return null;
  const { author, source, licence, licence_url } = attribution;
  const parts = [author || source, licence && link(licence, licence_url)].filter(Boolean);
  const line = make("span", { title: source || "" }, ...parts.flatMap((part, index) => (index ? [" · ", part] : [part])));
  return line.childNodes.length ? line : null;
}

function pictureOf(item) {
  return make("div", { className: "picture" }, item.image_url
    ? make("img", { src: item.image_url, alt: item.name, loading: "lazy", width: 160, height: 160 })
    : make("span", { textContent: CATEGORIES[item.category] || item.category }));
}

function report({ item, position, query }) {
  fetch(`${API}/search/${query.id}/clicks?session=${session}`, { method: "POST", keepalive: true,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ item_id: item.id, position, after_ms: Math.round(performance.now() - query.at) }) })
    .catch(() => { /* a click that is not told is no harm */ });
}

async function show(shown) {
  if (shown.query) report(shown);
  try {
    detail(await get(`/items/${shown.item.id}`, { session, query_id: shown.query?.id }));
  } catch (error) { $("summary").textContent = `열 수 없습니다 · ${error.message}`; }
}

function detail(item) {
  $("detail-name").textContent = item.name;
  $("detail-body").replaceChildren(pictureOf(item), make("div", { className: "row" },
    make("span", { textContent: CATEGORIES[item.category] || item.category }),
    make("span", { className: "price", textContent: price(item.price) })),
  make("p", { className: "description", textContent: item.description }),
  make("p", { className: "credit", textContent: item.tags.map((tag) => `#${tag}`).join(" ") }),
  make("p", { className: "credit" }, credit(item.attribution)));
  if (!$("detail").open) $("detail").showModal();
  similar(item);
}

function card(item, position, query) {
  const opener = make("button", { type: "button", className: "open", onclick: () => show({ item, position, query }) },
    ...item.highlights.name.map(({ text, match }) => make(match ? "mark" : "span", { textContent: text })));
  opener.setAttribute("aria-haspopup", "dialog");
  const name = make("h3", {}, opener);
  const picture = pictureOf(item);
  const credits = credit(item.attribution);
  if (credits) state.credits.set(credits.textContent, credits.cloneNode(true));
  return make("li", { title: item.description }, picture, make("div", { className: "body" }, name,
    make("div", { className: "row" }, make("span", { textContent: CATEGORIES[item.category] || item.category }),
      make("span", { className: "price", textContent: price(item.price) })),
    make("div", { className: "credit" }, credits)));
}

function chips(counts) {
  const all = [["", "전체 · All"], ...Object.entries(CATEGORIES)];
  $("chips").replaceChildren(...all.map(([slug, name]) => {
    const chip = make("button", { type: "button", onclick: () => { state.category = slug; search(); } }, name);
    chip.setAttribute("aria-pressed", String(state.category === slug));
    if (slug && counts[slug] !== undefined) chip.append(make("span", { textContent: number(counts[slug]) }));
    return chip;
  }));
}

async function search(more = false) {
  const turn = ++state.turn; // an answer that comes late must not replace a newer one
  close();
  try {
    const { q, category, sort, source } = state;
    const page = await get("/search", { q, category, sort, source, session, limit: 24, cursor: more ? state.cursor : "" });
    if (turn !== state.turn) return;
    if (!more) { $("items").replaceChildren(); state.shown = 0; state.credits.clear(); }
    const query = { id: page.query_id, at: performance.now() };
    $("items").append(...page.items.map((item, index) => card(item, state.shown + index + 1, query)));
    state.shown += page.items.length;
    state.cursor = page.next_cursor;
    $("more").hidden = !page.next_cursor;
    const corrected = page.corrected_to ? `“${page.corrected_to}”(으)로 검색한 결과 · showing results for it. ` : "";
    $("summary").textContent = page.total ? `${corrected}${number(page.total)}개 · ${number(page.total)} items` : "찾지 못했습니다 · Nothing found";
    if (!page.total && page.suggestions.length) $("summary").append(" — ", ...page.suggestions.flatMap((text, index) => [index ? " " : "", make("button", { type: "button", className: "chip", textContent: text, onclick: () => ask(text, "suggestion") })]));
    if (!category) state.counts = page.facets.category; // of the query, whatever category is chosen
    if (!more) chips({ ...state.counts, ...page.facets.category });
    $("credits").replaceChildren(...[...state.credits.values()].flatMap((node, index) => (index ? [", ", node] : [node])));
  } catch (error) {
    if (turn !== state.turn) return;
    $("summary").textContent = `잠시 후 다시 시도해 주세요 · ${error.message}`;
    $("more").hidden = true;
  }
}

function close() {
  state.option = -1;
  $("options").hidden = true;
  $("q").setAttribute("aria-expanded", "false");
  $("q").removeAttribute("aria-activedescendant");
}

function ask(text, source = "typed") { $("q").value = state.q = text; state.source = source; state.counts = {}; search(); }

async function suggest() {
  const typed = $("q").value.trim();
  if (!typed) return close();
  const { items } = await get("/search/suggest", { q: typed, limit: 8 }).catch(() => ({ items: [] }));
  if ($("q").value.trim() !== typed || document.activeElement !== $("q")) return;
  state.option = -1;
  $("options").replaceChildren(...items.map((text, index) => {
    const option = make("li", { id: `option-${index}`, textContent: text, onmousedown: (event) => { event.preventDefault(); ask(text, "suggestion"); } });
    option.setAttribute("role", "option");
    return option;
  }));
  $("options").hidden = !items.length;
  $("q").setAttribute("aria-expanded", String(items.length > 0));
}

function move(step) {
  const options = [...$("options").children];
  if (!options.length || $("options").hidden) return;
  state.option = (state.option + step + options.length + (state.option < 0 && step < 0 ? 1 : 0)) % options.length;
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === state.option)));
  $("q").setAttribute("aria-activedescendant", options[state.option].id);
}

let typing;
$("q").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(suggest, TYPING_MS); });
$("q").addEventListener("blur", close);
$("q").addEventListener("keydown", (event) => {
  if (event.isComposing) return; // Enter ends a Hangul syllable first
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
  if (event.key === "Escape") close();
  if (event.key === "Enter" && state.option >= 0) { event.preventDefault(); ask($("options").children[state.option].textContent, "suggestion"); }
});
$("form").addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(typing); ask($("q").value); });
$("sort").addEventListener("change", () => { state.sort = $("sort").value; search(); });
$("more").addEventListener("click", () => search(true));
$("detail-close").addEventListener("click", () => $("detail").close());
$("detail").addEventListener("click", (event) => { if (event.target === $("detail")) $("detail").close(); });

const STATES = { pending: "대기 · Pending", approved: "승인 · Approved", review: "검토 · Review", rejected: "거절 · Rejected" };

function figures(told) {
  const lag = Object.values(told.agents).reduce((sum, agent) => sum + agent.lag, 0);
  const dead = Object.values(told.agents).reduce((sum, agent) => sum + agent.dead_letters, 0);
  const rows = [...Object.entries(STATES).map(([key, name]) => [name, told.items[key]]), ["검색 가능 · Searchable", told.searchable ?? 0],
    ["전송 대기 · Outbox", told.outbox.rows], ["지연 · Lag", lag], ["실패 · Dead letters", dead]];
  $("pipeline").replaceChildren(...rows.map(([name, value]) =>
    make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: number(value) }))));
  const loading = told.import;
  $("progress").hidden = !loading;
  if (loading) Object.assign($("progress"), { max: Math.max(loading.total, 1), value: loading.done });
}

let searchable = -1;
async function poll() {
  if (!document.hidden) {
    try {
      const told = await get("/pipeline");
      figures(told);
      const first = searchable < 0 || (state.shown === 0 && !state.q && !state.category);
      if (first && told.searchable !== searchable && told.searchable) search();
      searchable = told.searchable ?? 0;
    } catch { /* the next turn tries again */ }
  }
  setTimeout(poll, POLL_MS);
}

chips({});
search();
poll();
