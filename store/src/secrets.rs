//! Secrets that people carry, in a cookie or a link. The database knows only their SHA-256, so that
//! who reads it can neither sign in nor join.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Length of a secret as text: 32 bytes in base64url.
const CHARS: usize = 43;

/// A fresh secret.
pub(crate) fn fresh() -> String {
    text(&rand::random())
}

/// 32 bytes as they stand in a cookie or a link.
pub(crate) fn text(bytes: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a secret; none for a text that cannot be one.
pub(crate) fn hash(secret: &str) -> Option<Vec<u8>> {
    (secret.len() == CHARS).then(|| Sha256::digest(secret.as_bytes()).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_32_bytes_that_fit_into_a_path() {
        let secret = fresh();
        assert_eq!(URL_SAFE_NO_PAD.decode(&secret).unwrap().len(), 32);
        assert_ne!(secret, fresh());
        assert_eq!(hash(&secret).unwrap().len(), 32);
        assert_eq!(hash("short"), None);
    }
}
