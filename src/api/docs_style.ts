/** The style sheet of the API's page. Light or dark as the reader's system is; every text has a contrast of 4.5 or more. */

/** The whole of it. */
export const DOCS_STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1a1d21;--dim:#50565e;--line:#d5d9de;--code:#f2f4f6;--link:#0b57d0;--get:#0a6b3d;--post:#0b57d0;--delete:#b3261e}
@media(prefers-color-scheme:dark){:root{--back:#14171a;--text:#e6e8ea;--dim:#a7aeb6;--line:#363c42;--code:#1f2428;--link:#8ab4f8;--get:#6dd58c;--post:#8ab4f8;--delete:#f2b8b5}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;font:15px/1.5 system-ui,sans-serif;background:var(--back);color:var(--text)}
a{color:var(--link)}
code,pre{font:13px/1.45 ui-monospace,monospace}
code{overflow-wrap:break-word}
pre{background:var(--code);padding:.7rem;border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere}
i{color:var(--dim);font-style:normal}
nav{padding:1rem;border-bottom:1px solid var(--line)}
nav ul{list-style:none;padding:0;margin:0 0 .8rem}
nav p{margin:.4rem 0 0;font-weight:600}
nav li{margin:.15rem 0}
nav li a{text-decoration:none;font-size:13px}
nav small{display:inline-block;min-width:4.6em;color:var(--dim)}
main{padding:1rem;max-width:62rem}
main ul{padding-left:1.2rem;margin:.3rem 0}
article,section section{border-top:1px solid var(--line);padding:.4rem 0 1rem}
h3{font-size:1rem;margin:.6rem 0}
h4{font-size:.9rem;margin:.8rem 0 .2rem}
li b{color:var(--delete)}
summary{cursor:pointer}
div{overflow-x:auto}
table{border-collapse:collapse;min-width:32rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
:target{background:var(--code)}
.get{color:var(--get)}.post{color:var(--post)}.delete{color:var(--delete)}
.skip{position:absolute;left:-99rem}.skip:focus{left:0;padding:.5rem;background:var(--back)}
@media(min-width:60rem){body{display:grid;grid-template-columns:21rem 1fr}nav{position:sticky;top:0;height:100vh;overflow:auto;border-bottom:0;border-right:1px solid var(--line)}}
`;
