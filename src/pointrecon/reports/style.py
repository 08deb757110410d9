"""The page's style sheet: one column, light and dark, from phone to desktop."""

STYLE = """
:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1d2430;--soft:#5d6775;--line:#e3e5e8;
--blue:#2862b8;
--good:#2a8f6d;--bad:#c44e3d}
@media(prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1b2027;--ink:#e6e9ee;--soft:#98a2b0;
--line:#2d343e;
--blue:#7fb0f5;--good:#4fc19b;--bad:#ef8474}}
*{box-sizing:border-box}html{scroll-behavior:smooth}
body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main{max-width:1040px;margin:0 auto;padding:0 20px}
header{padding-top:44px}
.kicker{margin:0;color:var(--soft);font-size:13px;letter-spacing:.06em;text-transform:uppercase}
h1{margin:.15em 0 .3em;font-size:clamp(26px,5vw,38px);line-height:1.15;overflow-wrap:anywhere}
.verdict{font-size:clamp(17px,2.4vw,21px);margin:.2em 0;max-width:46em}
.sub,.intro{color:var(--soft);max-width:52em;overflow-wrap:anywhere}.sub{font-size:14px}
nav{position:sticky;top:0;z-index:5;display:flex;gap:18px;overflow-x:auto;
padding:10px max(20px,calc(50vw - 500px));
background:var(--bg);border-bottom:1px solid var(--line);margin-top:16px;font-size:14px}
nav a{color:var(--soft);text-decoration:none;white-space:nowrap}nav a:hover{color:var(--blue)}
section{padding:26px 0 10px;scroll-margin-top:38px}h2{font-size:22px;margin:.2em 0 .3em}h3{font-size:16px;
margin:1.2em 0 .4em}
.card,.three figure{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:0;
padding:10px;min-width:0}
figcaption{color:var(--soft);font-size:13px;text-align:center;padding-top:4px;overflow-wrap:anywhere}
.grid{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(min(290px,100%),1fr))}
.three{display:grid;gap:14px;grid-template-columns:repeat(3,minmax(0,1fr))}
@media(max-width:720px){.three{grid-template-columns:1fr}}
.scene{height:300px;touch-action:none}
.chips{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 12px}
.chips button{font:inherit;font-size:14px;padding:3px 12px;border-radius:99px;border:1px solid var(--line);
background:var(--card);color:var(--ink);cursor:pointer}.chips .on{border-color:var(--blue);
color:var(--blue)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);
border-radius:10px;
font-variant-numeric:tabular-nums}
th,td{padding:9px 12px;text-align:right;border-bottom:1px solid var(--line);font-weight:400;
vertical-align:top}
tr:last-child>*{border-bottom:0}thead th{color:var(--soft);font-size:13px}
tbody th,.facts td{text-align:left}
td.strong{font-weight:650;color:var(--blue)}small{color:var(--soft)}
@media(max-width:820px){.wide{display:none}th,td{padding:8px}}
.gallery .row{display:grid;grid-template-columns:repeat(6,minmax(92px,1fr));gap:8px;margin-bottom:10px;
min-width:600px}
.cell{margin:0;padding:6px;background:var(--card);border:2px solid var(--line);border-radius:10px;
text-align:center}
.cell img{width:100%;height:auto;max-width:112px}.cell.right{border-color:var(--good)}
.cell.wrong{border-color:var(--bad)}
.cell.query{border-style:dashed;border-color:var(--blue)}.right small{color:var(--good)}
.wrong small{color:var(--bad)}
@media(prefers-color-scheme:dark){.cell img{filter:brightness(1.15)}}
.missing{border-left:3px solid var(--line);padding:4px 14px;color:var(--soft)}
pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px;overflow-x:auto;
font-size:13px}
details summary{cursor:pointer;color:var(--blue)}
"""
