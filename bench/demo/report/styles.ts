/** The report's look: two colour schemes, one column on a phone. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: #fcfcfb; --card: #ffffff; --text: #1d1f23; --muted: #63676f; --grid: #e3e4e8; --band: #2f6fde22;
  --good: #23804a; --bad: #bd3a2f;
  --series-1: #2f6fde; --series-2: #d9701e; --series-3: #2c9160; --series-4: #a649b5;
  --series-5: #c23b4b; --series-6: #1c8f9e; --series-7: #8a7a1f; --series-8: #6b6f7a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171b; --card: #1d2026; --text: #e6e7ea; --muted: #9ba0aa; --grid: #343842; --band: #6ea1ff2b;
    --good: #5fc88c; --bad: #ff8478;
    --series-1: #6ea1ff; --series-2: #f2a057; --series-3: #5fc88c; --series-4: #d08bdd;
    --series-5: #f07f8c; --series-6: #5cc7d4; --series-7: #d3c15a; --series-8: #a9aeba;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.25rem; max-width: 76rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 0.6rem; }
h3 { font-size: 0.95rem; margin: 0; }
p { margin: 0.3rem 0; max-width: 48rem; }
.note, figcaption p, dt { color: var(--muted); font-size: 0.85rem; }
.lead { font-size: 1.1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 1rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre, .text { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.85em; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--grid); border-radius: 8px; padding: 0.8rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
figure, .scroll, .sample {
  margin: 0; background: var(--card); border: 1px solid var(--grid); border-radius: 8px; padding: 0.8rem;
}
figure svg { display: block; width: 100%; max-width: 26rem; height: auto; margin-top: 0.6rem; font-family: inherit; }
.scroll { overflow-x: auto; padding: 0.2rem 0.8rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 0.4rem 0.7rem; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--muted); font-weight: normal; font-size: 0.85rem; }
tr.best { font-weight: 650; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 0.8rem; }
.kind { margin: 1.1rem 0 0.4rem; }
.sample .text { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 12rem; overflow-y: auto; }
.votes { list-style: none; margin: 0.5rem 0 0; padding: 0; font-size: 0.85rem; }
.votes li { display: grid; grid-template-columns: 5.5rem 1fr 1.6rem; gap: 0.5rem; align-items: center; }
.votes .text { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-height: none; }
.bar { background: var(--grid); border-radius: 3px; height: 0.6rem; }
.bar > span { display: block; height: 100%; border-radius: 3px; background: var(--series-1); }
.good { color: var(--good); } .bad { color: var(--bad); }
details { margin-top: 0.8rem; } summary { cursor: pointer; padding: 0.3rem 0; font-weight: 650; }
`;
