//! How well what is offered fits what was typed.

/// How well a word in lower case fits: 0 begins a text, 1 begins a later word, 2 stands inside.
#[must_use]
pub fn fit(texts: &[&str], word: &str) -> Option<u8> {
    let fit_of = |text: &&str| {
        let text = text.to_lowercase();
        if text.starts_with(word) {
            Some(0)
        } else if text.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word)) {
            Some(1)
        } else {
            text.contains(word).then_some(2)
        }
    };
    texts.iter().filter_map(fit_of).min()
}
