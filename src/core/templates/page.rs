//! A whole HTML page around a report: nothing is loaded, nothing runs, and it prints well.

use super::formats::escaped;

/// In the colours that the reader prefers, and in black on white on paper.
const STYLE: &str = "\
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
h1{line-height:1.2}
h2{margin-top:2rem;border-bottom:1px solid #8888;break-after:avoid}
blockquote{margin:0;padding-left:1rem;border-left:.25rem solid #8888}
blockquote p{margin:0}
pre{font:13px/1.4 ui-monospace,monospace;padding:.8rem;overflow-x:auto;background:#8881;border-radius:.3rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8884}
td:first-child,td:nth-child(2){white-space:nowrap}
tr,li,pre{break-inside:avoid}
svg{max-width:100%;height:auto}
@media print{:root{color-scheme:light}body{max-width:none;margin:0;font-size:11pt}a{color:inherit}}
";

/// The page of that title around a body. A body that is a whole page already stays as it is.
pub fn page(title: &str, body: &str) -> String {
    if body.trim_start().get(..9).is_some_and(|begin| begin.eq_ignore_ascii_case("<!doctype")) {
        return body.to_owned();
    }
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}
