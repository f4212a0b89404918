//! One stylesheet out of `style/main.css` and all that it imports.
//!
//! No browser targets are set, so nothing is translated: cascade layers, nesting, `light-dark()` and
//! `oklch()` reach the browser as they were written.

use std::path::Path;

use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};

use crate::Result;

/// Bundles and minifies; an error names the file and the line.
pub(crate) fn bundle(main: &Path) -> Result<String> {
    let provider = FileProvider::new();
    let mut bundler = Bundler::new(&provider, None, ParserOptions::default());
    let mut sheet = bundler.bundle(main).map_err(|error| format!("style: {error}"))?;
    sheet.minify(MinifyOptions::default()).map_err(|error| format!("style: {error}"))?;
    let printed = sheet
        .to_css(PrinterOptions { minify: true, ..PrinterOptions::default() })
        .map_err(|error| format!("style: {error}"))?;
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bundles `main.css` beside the other files given.
    fn bundled(folder: &str, files: &[(&str, &str)]) -> Result<String> {
        let folder = std::env::temp_dir().join(format!("hubbub-css-{folder}-{}", std::process::id()));
        for (name, text) in files {
            crate::files::write(&folder.join(name), text.as_bytes())?;
        }
        let css = bundle(&folder.join("main.css"));
        std::fs::remove_dir_all(&folder)?;
        css
    }

    #[test]
    fn the_order_of_layers_stays_as_main_css_declares_it() {
        let css = bundled(
            "layers",
            &[
                ("main.css", "@layer base, components; @import 'late.css' layer(components); @import 'early.css' layer(base);"),
                ("late.css", ".a { color: red }"),
                ("early.css", ".b { color: blue }"),
            ],
        )
        .unwrap();
        assert!(css.find(".b{") < css.find(".a{"), "{css}");
        assert!(css.contains("@layer components{.a{"), "{css}");
    }

    #[test]
    fn what_current_browsers_understand_is_not_translated() {
        let css = bundled(
            "modern",
            &[("main.css", ".a { color: light-dark(oklch(50% 0.1 200), #fff); &:hover { opacity: .5 } .b & { margin: 0 } }")],
        )
        .unwrap();
        for kept in ["light-dark(oklch(", "&:hover{", ".b &{"] {
            assert!(css.contains(kept), "{kept} is missing in {css}");
        }
    }

    #[test]
    fn a_mistake_names_its_file() {
        let error =
            bundled("mistake", &[("main.css", "@import 'part.css';"), ("part.css", ".a { color: } }")])
                .unwrap_err()
                .to_string();
        assert!(error.contains("part.css"), "{error}");
    }
}
