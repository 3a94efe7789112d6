/** The report's style sheet: light and dark, readable on paper; no font or image from elsewhere. */
export const style = `
:root { color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1c1b19; --soft: #65625b; --rule: #e3e0d8; --tint: #eef4fc;
  --c0: #2a6fd0; --c1: #52514e; --c2: #b26a00; --c3: #0b8a66; --c4: #6a4fc4; --c5: #d03b3b; --c6: #c2559a; --c7: #3b8f2e; --c8: #8a6d3b; --c9: #00819a; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #161614; --card: #1f1f1c; --ink: #eceae4; --soft: #a5a199; --rule: #37352f; --tint: #1d2b40;
  --c0: #6aa6f8; --c1: #b4b1a8; --c2: #e0a03c; --c3: #3cbf96; --c4: #a48ff0; --c5: #f07a74; --c6: #e48cc2; --c7: #7cc46c; --c8: #cbb07c; --c9: #4fc3dc; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; }
p { margin: .3rem 0 .9rem; max-width: 46rem; } .lead { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1rem 1.1rem; margin: .8rem 0; }
.findings { margin: 1.2rem 0; padding: .9rem 1.1rem .9rem 2.2rem; background: var(--tint); border-radius: 10px; }
.findings li { margin: .25rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .88rem; padding-bottom: .5rem; }
th, td { text-align: right; padding: .34rem .45rem; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { font-weight: 600; color: var(--soft); } .words { text-align: left; } td.wrap { white-space: normal; }
tbody th { color: var(--ink); font-weight: 400; white-space: normal; min-width: 9rem; }
caption { max-width: 46rem; } tr:last-child > * { border-bottom: 0; }
tr.teacher > * { font-weight: 650; color: var(--c0); } tr.best-fixed > * { font-weight: 650; }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--soft); font-size: .92rem; }
figure { margin: .8rem 0; } figcaption { color: var(--soft); font-size: .88rem; max-width: 52rem; margin-top: .5rem; }
svg { display: block; width: 100%; height: auto; }
.grid-of { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: .6rem 1.1rem; }
.maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 1rem 1.2rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); gap: .6rem 1.4rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .2rem 0 .5rem; padding: 0; font-size: .86rem; }
.legend li { display: flex; align-items: center; gap: .4rem; } .legend svg { width: 24px; flex: none; }
text { font-size: 12px; fill: var(--ink); } .tick { fill: var(--soft); font-size: 11px; } .name { fill: var(--soft); }
.heading { font-weight: 600; } .row { font-size: 13px; } .row.first { font-weight: 650; }
.grid { stroke: var(--rule); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; }
.line { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.line.strong { stroke-width: 2.8; } .line.faint { stroke-opacity: .45; stroke-width: 1.2; }
.line.dashed { stroke-dasharray: 5 4; } .line.reference { stroke: var(--c0); stroke-dasharray: 3 4; stroke-width: 1.2; }
.dot { fill: currentColor; stroke: var(--card); stroke-width: 1; } .dot.faint { fill-opacity: .45; stroke: none; } .dot.mean { stroke-width: 2; }
.heat { shape-rendering: crispEdges; } .heat.positive { fill: var(--c0); } .heat.negative { fill: var(--c5); }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); }
.c4 { color: var(--c4); } .c5 { color: var(--c5); } .c6 { color: var(--c6); } .c7 { color: var(--c7); }
.c8 { color: var(--c8); } .c9 { color: var(--c9); }
.early { stroke-opacity: .3; } .middle { stroke-opacity: .6; }
@media print { main { max-width: none; } .card { break-inside: avoid; } details { display: none; } }
`;
