//! The page to search: the matrix, coloured by class and with its words, and each question's rows below it.

use std::fmt::Write as _;

use crate::{
    cells::{Atlas, Cell, Class},
    engines::Engine,
    markdown::{cell, mark, told, version},
    question::Question,
};

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

fn css_class(class: Class) -> &'static str {
    match class {
        Class::AsBatch => "same",
        Class::ByItsRule => "rule",
        Class::CannotBeExpressed => "cannot",
        Class::Fails => "fails",
        Class::NotAsked | Class::NotInstalled => "none",
    }
}

/// Returns `docs/atlas.html`.
pub(crate) fn page(atlas: &Atlas, engines: &[Engine], questions: &[Question]) -> String {
    let mut page =
        format!("{HEAD}<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>An atlas of engines</h1>\n");
    let _ = writeln!(
        page,
        "<p>{} questions, put to {} engines in real runs, on frozen datasets of a few records: does each give the batch answer, and if not, by which rule? \
         <a href=\"atlas.md\">atlas.md</a> says how it is made.</p>",
        questions.len(),
        engines.len()
    );
    page.push_str("<ul class=\"legend\">\n");
    for class in Class::ALL {
        let (css, mark, name, meaning) = (css_class(class), mark(class), class.name(), class.meaning());
        let _ = writeln!(page, "<li><b class=\"{css}\">{mark} {name}</b> {meaning}</li>");
    }
    page.push_str("</ul>\n<p class=\"search\"><label for=\"search\">Search engines, questions and rules</label> <input id=\"search\" type=\"search\"> <span id=\"found\" role=\"status\"></span></p>\n");
    matrix(&mut page, atlas, engines, questions);
    page.push_str("<h2>What each engine does</h2>\n");
    for question in questions {
        section(&mut page, atlas, engines, question);
    }
    let _ = write!(page, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

fn matrix(page: &mut String, atlas: &Atlas, engines: &[Engine], questions: &[Question]) {
    page.push_str("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"The matrix\">\n<table class=\"matrix\">\n<thead><tr><th scope=\"col\">question</th>");
    for engine in engines {
        let (title, version) = (escaped(&engine.title), escaped(version(atlas, engine)));
        let _ = write!(page, "<th scope=\"col\">{title}<small>{version}</small></th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for question in questions {
        let name = &question.name;
        let _ = write!(page, "<tr><th scope=\"row\"><a href=\"#{name}\">{name}</a></th>");
        for engine in engines {
            let cell = cell(atlas, engine, question);
            let (css, mark, class) = (css_class(cell.class), mark(cell.class), cell.class.name());
            let varying = if cell.varying { " ~" } else { "" };
            let told = escaped(&told(&cell));
            let _ = write!(page, "<td class=\"{css}\" title=\"{told}\"><b>{mark}{varying}</b> {class}</td>");
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

fn section(page: &mut String, atlas: &Atlas, engines: &[Engine], question: &Question) {
    let (name, asks) = (&question.name, escaped(&question.asks));
    let columns = escaped(&question.columns.join(","));
    let answer: Vec<String> = question.answer.iter().map(|row| escaped(row)).collect();
    let _ = writeln!(
        page,
        "<section id=\"{name}\">\n<h3>{name}</h3>\n<p>{asks}</p>\n<pre tabindex=\"0\">{columns}\n{}</pre>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Answers to {name}\">\n<table class=\"answers\">\n<thead><tr><th scope=\"col\">engine</th><th scope=\"col\">class</th><th scope=\"col\">rule</th><th scope=\"col\">rows</th></tr></thead>\n<tbody>",
        answer.join("\n")
    );
    for engine in engines {
        let cell = cell(atlas, engine, question);
        let (css, mark, class) = (css_class(cell.class), mark(cell.class), cell.class.name());
        let title = escaped(&engine.title);
        let _ = writeln!(
            page,
            "<tr data-words=\"{name} {title}\"><th scope=\"row\">{title}</th><td class=\"{css}\"><b>{mark}</b> {class}</td><td>{}</td><td>{}</td></tr>",
            escaped(&told(&cell)),
            rows(&cell)
        );
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn rows(cell: &Cell) -> String {
    let rows: Vec<String> = cell.rows.iter().map(|row| format!("<code>{}</code>", escaped(row))).collect();
    rows.join("<br>")
}

const HEAD: &str = "\
<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">
<title>An atlas of engines</title>
";

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--fg:#1a1d21;--dim:#5f6972;--line:#e3e7ea;--card:#f4f6f8;--same:#d9f0e1;--rule:#ffe9b8;--cannot:#e4e7ea;--fails:#fbdcd9;--focus:#1f7ae0}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e8eaec;--dim:#9aa4ad;--line:#2c3238;--card:#1d2226;--same:#173d27;--rule:#4a3a06;--cannot:#2a3036;--fails:#54201c;--focus:#6aaefb}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:90rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.55em;line-height:1.3;margin:.2rem 0 .4rem}h2{font-size:1.1em;margin:2.6rem 0 .5rem}h3{font-size:1em;margin:1.8rem 0 .3rem}
p{margin:.4rem 0;max-width:46rem}
a{color:inherit}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
small{display:block;color:var(--dim);font-weight:400;font-size:.84em}
.legend{list-style:none;padding:0;margin:.8rem 0}.legend li{margin:.15rem 0}.legend b{display:inline-block;min-width:11rem;padding:0 .5rem;border-radius:.3rem}
.search input{font:inherit;padding:.2rem .5rem;max-width:100%;background:var(--card);color:var(--fg);border:1px solid var(--dim);border-radius:.3rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.88em;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .55rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{vertical-align:bottom}
tbody th{font-weight:400;white-space:nowrap}
.matrix td{min-width:6rem;border-left:1px solid var(--line);overflow-wrap:normal}
.matrix tbody th{position:sticky;left:0;background:var(--bg)}
.answers td:nth-child(3){min-width:14rem;max-width:34rem}.answers td:nth-child(4){white-space:nowrap}.answers td:nth-child(2){white-space:nowrap}
.same{background:var(--same)}.rule{background:var(--rule)}.cannot{background:var(--cannot)}.fails{background:var(--fails)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em}
pre{background:var(--card);padding:.6rem 1rem;border-radius:.5rem;overflow-x:auto;margin:.5rem 0}
[hidden]{display:none}
@media (max-width:40rem){.matrix tbody th{position:static}main{padding:1rem .8rem 3rem}}
@media print{.search{display:none}}
";

/// Leaves the rows whose question, engine, class, rule or rows hold every word that was typed.
const SCRIPT: &str = "\
const input=document.getElementById('search'),found=document.getElementById('found');
const rows=[...document.querySelectorAll('.answers tbody tr')].map(row=>[row,(row.dataset.words+' '+row.textContent).toLowerCase()]);
const sections=[...document.querySelectorAll('section')];
input.addEventListener('input',()=>{
  const words=input.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown=0;
  for(const [row,text] of rows){row.hidden=!words.every(word=>text.includes(word));shown+=!row.hidden;}
  for(const section of sections)section.hidden=!section.querySelector('tbody tr:not([hidden])');
  found.textContent=words.length?shown+' of '+rows.length+' cells, below the matrix':'';
});
";
