//! Passwords: Argon2id on blocking threads, before the writer gets a command and never inside it.

use crate::settings::PasswordCost;
use crate::{Error, Result};
use argon2::password_hash::{self, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use std::num::NonZero;
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// One hash takes a core and 19 MiB: as many at once as there are cores, the others wait.
static CORES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, NonZero::get)));

/// The salt for names that do not exist; nothing is kept of what it salts.
const NOBODYS_SALT: [u8; 16] = *b"nobody's account";

/// Hashes a new password into the PHC text that is stored.
pub(crate) async fn hash(cost: PasswordCost, password: String) -> Result<String> {
    let salt: [u8; 16] = rand::random();
    on_blocking_thread(move || hash_with(cost, &password, &salt)).await
}

/// Whether the password is the one that was stored. For an account that does not exist, or that has
/// no password, the same work is done and the answer is no: the time tells nothing about names.
pub(crate) async fn is_right(cost: PasswordCost, password: String, stored: Option<String>) -> Result<bool> {
    on_blocking_thread(move || {
        let Some(stored) = stored else {
            hash_with(cost, &password, &NOBODYS_SALT)?;
            return Ok(false);
        };
        let known = PasswordHash::new(&stored).map_err(unreadable)?;
        match Argon2::default().verify_password(password.as_bytes(), &known) {
            Ok(()) => Ok(true),
            Err(password_hash::Error::Password) => Ok(false),
            Err(error) => Err(unreadable(error)),
        }
    })
    .await
}

fn hash_with(cost: PasswordCost, password: &str, salt: &[u8; 16]) -> Result<String> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None);
    let params = params.map_err(|error| Error::corrupt("settings", "password_cost", error))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let salt = SaltString::encode_b64(salt).map_err(unreadable)?;
    Ok(argon.hash_password(password.as_bytes(), &salt).map_err(unreadable)?.to_string())
}

fn unreadable(error: password_hash::Error) -> Error {
    Error::corrupt("users", "password_hash", error)
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let _core = CORES.acquire().await.map_err(|_| Error::Busy)?;
    // It is lost only when the process ends.
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Busy)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_is_right() {
        let cost = PasswordCost::cheap();
        let stored = hash(cost, "correct horse".to_owned()).await.unwrap();
        assert!(is_right(cost, "correct horse".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!is_right(cost, "correct house".to_owned(), Some(stored)).await.unwrap());
        assert!(!is_right(cost, "correct horse".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_takes_the_work_of_a_hash() {
        let impossible = PasswordCost { memory_kib: 0, passes: 0, lanes: 0 };
        let answer = is_right(impossible, "correct horse".to_owned(), None).await;
        assert!(matches!(answer, Err(Error::Corrupt { .. })), "the hash was tried, at the cost that is set");
    }

    #[tokio::test]
    async fn the_usual_cost_is_what_owasp_asks_for_and_every_salt_is_new() {
        let [one, two] = [(); 2].map(|()| hash(PasswordCost::default(), "correct horse".to_owned()));
        let (one, two) = (one.await.unwrap(), two.await.unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
    }
}
