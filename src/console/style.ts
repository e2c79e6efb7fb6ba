/** The console's style sheet. Colours say one thing each: green passes, red is lost, blue leads to the internet. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #c62828; --public: #1565c0; --soft: #8881; }
@media (prefers-color-scheme: dark) { :root { --good: #56d364; --bad: #ff7b72; --public: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.45 system-ui, sans-serif; display: grid; grid-template: auto 1fr / minmax(0, 1fr) 27rem; height: 100vh; }
header { grid-column: 1 / 3; display: flex; gap: 1.5rem; align-items: baseline; padding: .5rem 1rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0; } h1 small { font-weight: normal; opacity: .6; }
nav { display: flex; gap: 1rem; flex-wrap: wrap; }
main, aside { overflow: auto; padding: 1rem; }
aside { border-left: 1px solid var(--line); }
h2 { font-size: 1rem; } h3 { font-size: .95rem; margin: .3rem 0; }
code, pre { font: 12px/1.4 ui-monospace, monospace; } pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .5rem; }
code[data-id] { white-space: nowrap; }
.id, .facts, .hint, .groups { opacity: .7; }
.facts { margin: .2rem 0; }
.vpc { border: 1px solid var(--line); border-radius: 8px; padding: .5rem .8rem; margin-bottom: 1rem; }
summary { cursor: pointer; }
.gateways { display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0; }
.gateway { border: 1px solid var(--line); border-radius: 999px; padding: .1rem .7rem; }
.subnets { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: .8rem; }
.subnet { border: 1px dashed var(--line); border-radius: 6px; padding: .5rem; }
.subnet.public { border-color: var(--public); }
table { border-collapse: collapse; } td { padding: 0 .6rem 0 0; font: 12px ui-monospace, monospace; }
.blackhole { color: var(--bad); }
.interface { display: grid; gap: .1rem; width: 100%; text-align: left; font: inherit; color: inherit; background: var(--soft); border: 1px solid transparent; border-left: 4px solid var(--line); border-radius: 4px; padding: .35rem .5rem; margin-top: .4rem; cursor: pointer; }
.interface.running { border-left-color: var(--good); }
.interface:hover, .interface:focus-visible { border-color: currentColor; }
.addresses b { color: var(--public); }
.groups span { margin-right: .6rem; } .groups em { color: var(--public); }
[data-id].end { outline: 2px solid currentColor; }
[data-id].passed { box-shadow: 0 0 0 2px var(--good); border-radius: 4px; }
[data-id].lost { box-shadow: 0 0 0 2px var(--bad); border-radius: 4px; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
label { display: grid; font-size: 12px; } input, select, form button { font: inherit; padding: .2rem .4rem; }
input[list] { width: 12rem; }
.verdict { font-weight: bold; font-size: 1.1rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
ol { padding-left: 1.4rem; margin: .3rem 0; overflow-wrap: anywhere; }
#drops { list-style: none; padding: 0; } #drops li { border-top: 1px solid var(--line); padding: .2rem 0; }
@media (max-width: 60rem) { body { display: block; } aside { border: 0; } }
`;
