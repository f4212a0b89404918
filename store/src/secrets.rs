//! Secrets that people and programs carry, in a cookie, a link or a token. The database knows only their
//! SHA-256, so that who reads it can neither sign in nor join.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use uuid::Uuid;

/// Only this process has it.
static KEY: LazyLock<[u8; 32]> = LazyLock::new(rand::random);

/// Length of a secret as text: 32 bytes in base64url.
const CHARS: usize = 43;

/// A fresh secret.
pub(crate) fn fresh() -> String {
    text(&rand::random())
}

/// The secret of what has this id, for one purpose: the same again in this process, so that a repeated
/// command gives the same answer; the database alone gives none.
pub(crate) fn repeatable(purpose: &str, id: Uuid) -> String {
    let digest =
        Sha256::new().chain_update(*KEY).chain_update(purpose).chain_update(id.as_bytes()).finalize();
    text(&digest.into())
}

fn text(bytes: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a secret; none for a text that cannot be one.
pub(crate) fn hash(secret: &str) -> Option<Vec<u8>> {
    (secret.len() == CHARS).then(|| Sha256::digest(secret.as_bytes()).to_vec())
}

/// What is stored of a secret behind a prefix, which is part of it: no cookie has the same hash.
pub(crate) fn hash_after(prefix: &str, secret: &str) -> Option<Vec<u8>> {
    (secret.strip_prefix(prefix)?.len() == CHARS).then(|| Sha256::digest(secret.as_bytes()).to_vec())
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

    #[test]
    fn the_same_secret_comes_again_for_the_same_thing_only() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(repeatable("token", one), repeatable("token", one));
        assert_ne!(repeatable("token", one), repeatable("token", two));
        assert_ne!(repeatable("token", one), repeatable("invitation", one));
    }

    #[test]
    fn what_follows_a_prefix_is_no_secret_without_it() {
        let bare = fresh();
        let whole = format!("some_{bare}");
        assert_ne!(hash_after("some_", &whole), hash(&bare));
        assert_eq!(hash_after("other_", &whole), None);
        assert_eq!(hash(&whole), None);
    }
}
