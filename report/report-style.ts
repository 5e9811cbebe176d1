/** The report page's look, light and dark, on screen and on paper. */
import { Markup } from './markup.ts';

export const REPORT_STYLE = new Markup(`
:root { color-scheme: light dark; --page:#f6f7f9; --card:#fff; --ink:#161a22; --soft:#5b6472; --edge:#d9dde4; --bar:#7c8aa5;
  --good:#0f7a4d; --good-back:#e3f5ec; --other:#8a4b06; --other-back:#fdf0dd; --bad:#b42318; }
@media (prefers-color-scheme: dark) { :root { --page:#0f1217; --card:#171b22; --ink:#e7eaf0; --soft:#98a2b3; --edge:#2b323d; --bar:#6b7a97;
  --good:#57d9a3; --good-back:#12301f; --other:#f6ad55; --other-back:#33230c; --bad:#ff8a80; } }
* { box-sizing: border-box; }
body { margin:0; background:var(--page); color:var(--ink); font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; }
main { max-width:1000px; margin:0 auto; padding:40px 24px 64px; }
header { display:flex; flex-wrap:wrap; gap:4px 14px; align-items:baseline; }
h1 { font-size:26px; margin:0; letter-spacing:-.01em; }
h2 { font-size:16px; margin:0 0 8px; }
header p { flex-basis:100%; margin:0; color:var(--soft); }
.badge { padding:3px 12px; border-radius:99px; font-weight:600; font-size:13px; }
.badge.good { background:var(--good-back); color:var(--good); } .badge.other { background:var(--other-back); color:var(--other); }
section { background:var(--card); border:1px solid var(--edge); border-radius:12px; padding:16px 20px; margin-top:18px; overflow-x:auto; }
section p { margin:2px 0; } .proof { font-size:18px; }
table { border-collapse:collapse; width:100%; font-size:14px; }
th { text-align:left; color:var(--soft); font-weight:500; } th, td { padding:5px 14px 5px 0; vertical-align:top; border-bottom:1px solid var(--edge); overflow-wrap:break-word; }
tbody tr:last-child td { border-bottom:0; }
code { font:13px ui-monospace,Menlo,Consolas,monospace; overflow-wrap:anywhere; }
.lane { display:grid; grid-template-columns:110px 1fr 90px; height:22px; align-items:center; font-size:13px; }
.lane span { color:var(--soft); } .lane b { text-align:right; font-weight:500; }
.lane div { position:relative; height:12px; } .lane i { position:absolute; height:12px; border-radius:4px; background:var(--bar); }
.lane i.failed { background:var(--bad); }
footer { margin-top:18px; color:var(--soft); font-size:13px; }
`);
