/** Light and dark. Blue and green are the clusters everywhere; groups have hues of their own. */
const COLOURS = `
:root { color-scheme: light dark; --page:#f6f7f9; --card:#fff; --ink:#161a22; --soft:#5b6472; --rule:#e3e6eb; --edge:#d9dde4;
  --blue:#2563eb; --green:#0f9d63; --flip:#c2410c; --phase:#7c8aa5; --good:#0f7a4d; --good-back:#e3f5ec; --bad:#b42318; --bad-back:#fdeceb;
  --g0:#7c3aed; --g1:#d97706; --g2:#0891b2; --g3:#db2777; }
@media (prefers-color-scheme: dark) { :root { --page:#0f1217; --card:#171b22; --ink:#e7eaf0; --soft:#98a2b3; --rule:#262c36; --edge:#2b323d;
  --blue:#6ea1ff; --green:#3ecf8e; --flip:#fb923c; --phase:#5f6f8c; --good:#57d9a3; --good-back:#12301f; --bad:#ff8a80; --bad-back:#3a1715;
  --g0:#b794f6; --g1:#f6ad55; --g2:#4dd0e1; --g3:#f687b3; } }
`;

/** What is drawn. */
const DRAWN = `.grid { stroke:var(--rule); } .tick,.phase-seconds,.phase-name,.flip-name { font-size:11.5px; fill:var(--soft); font-variant-numeric:tabular-nums; }
.phase-name { fill:var(--ink); font-size:12.5px; } .flip { stroke:var(--flip); stroke-dasharray:4 3; } .flip-name { fill:var(--flip); font-weight:600; }
.line { fill:none; stroke-width:2; stroke-linejoin:round; stroke-linecap:round; stroke:var(--tone); }
.fill { fill:var(--tone); opacity:.13; } .phase { fill:var(--phase); } .cursor { stroke:var(--soft); visibility:hidden; }
.blue { --tone:var(--blue); } .green { --tone:var(--green); } .g0 { --tone:var(--g0); } .g1 { --tone:var(--g1); } .g2 { --tone:var(--g2); } .g3 { --tone:var(--g3); }
`;

/** The look of a picture that stands by itself. */
export const PICTURE_STYLE = `${COLOURS}
svg { overflow:visible; font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; } .card { fill:var(--card); }
.title { fill:var(--ink); font-size:20px; font-weight:650; } .soft { fill:var(--soft); font-size:14px; } .heading { fill:var(--ink); font-size:14px; font-weight:600; }
${DRAWN}`;

/** The page's look. */
export const STYLE = `${COLOURS}
* { box-sizing: border-box; }
body { margin:0; background:var(--page); color:var(--ink); font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; }
main { max-width:1060px; margin:0 auto; padding:40px 24px 64px; }
header { display:flex; flex-wrap:wrap; gap:8px 20px; align-items:baseline; justify-content:space-between; }
h1 { font-size:26px; line-height:1.25; margin:0; letter-spacing:-.01em; }
h2 { font-size:16px; margin:0; } .way { margin:6px 0 0; color:var(--soft); flex-basis:100%; }
.badge { padding:3px 12px; border-radius:99px; font-weight:600; font-size:13px; background:var(--good-back); color:var(--good); }
.badge.bad { background:var(--bad-back); color:var(--bad); }
.failures { background:var(--bad-back); color:var(--bad); border-radius:10px; padding:12px 16px 12px 34px; margin:20px 0 0; }
section { background:var(--card); border:1px solid var(--edge); border-radius:12px; padding:18px 20px; margin-top:20px; }
section > p { margin:2px 0 10px; color:var(--soft); font-size:14px; }
.tiles { display:grid; grid-template-columns:repeat(12,1fr); gap:12px; background:none; border:0; padding:0; }
.tile { grid-column:span 3; background:var(--card); border:1px solid var(--edge); border-radius:12px; padding:14px 18px; }
.tile b { display:block; font-size:30px; line-height:1.2; font-weight:650; font-variant-numeric:tabular-nums; letter-spacing:-.02em; }
.tile span { color:var(--soft); font-size:13px; } .tile.harm { grid-column:span 4; } @media (max-width:720px) { .tile,.tile.harm { grid-column:span 6; } }
.tile.good b { color:var(--good); } .tile.bad b { color:var(--bad); }
.tile.blue b { color:var(--blue); } .tile.green b { color:var(--green); }
.legend { display:flex; flex-wrap:wrap; gap:4px 18px; font-size:13px; color:var(--soft); margin:0 0 4px; padding:0; list-style:none; }
.legend i { display:inline-block; width:16px; height:0; border-top:3px solid currentColor; border-radius:2px; margin-right:7px; vertical-align:middle; }
.legend b { font-weight:600; color:var(--ink); font-variant-numeric:tabular-nums; }
.chart { display:block; width:100%; height:auto; overflow:visible; }
${DRAWN}.legend .blue,.legend .green,.legend .g0,.legend .g1,.legend .g2,.legend .g3 { color:var(--tone); }
.scroll { overflow-x:auto; } table { border-collapse:collapse; width:100%; font-size:14px; font-variant-numeric:tabular-nums; }
th,td { text-align:right; padding:6px 10px; border-bottom:1px solid var(--rule); white-space:nowrap; } th { color:var(--soft); font-weight:500; font-size:13px; }
th:first-child,td:first-child { text-align:left; } tr:last-child td { border-bottom:0; } td.text { text-align:left; white-space:normal; }
td.good { color:var(--good); } td.bad { color:var(--bad); font-weight:600; } .pair { display:grid; grid-template-columns:repeat(auto-fit,minmax(340px,1fr)); gap:20px; margin-top:20px; }
.pair section { margin:0; } dl { display:grid; grid-template-columns:max-content 1fr; gap:4px 16px; margin:8px 0 0; font-size:14px; } dt { color:var(--soft); } dd { margin:0; overflow-wrap:anywhere; }
code { font:12.5px ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace; }
`;
