//! The key of this instance, by which push services know who sends (RFC 8292).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::Timestamp;
use serde_json::json;
use std::time::Duration;
use url::Url;
use web_push_native::p256::SecretKey;
use web_push_native::p256::ecdsa::signature::Signer;
use web_push_native::p256::ecdsa::{Signature, SigningKey};

/// How long a signature holds; a day is the most that is allowed.
const SIGNED_FOR: Duration = Duration::from_secs(12 * 3600);

/// The key, and who to turn to.
pub(super) struct Keys {
    signing: SigningKey,
    /// The public half, in base64url: what browsers are given.
    pub(super) public: String,
    /// Where the operators of a push service find whose messages these are.
    contact: String,
}

impl Keys {
    /// A new key, as the database keeps it.
    pub(super) fn fresh() -> String {
        loop {
            let bytes: [u8; 32] = rand::random();
            // Nearly every number is a key.
            if SecretKey::from_slice(&bytes).is_ok() {
                return URL_SAFE_NO_PAD.encode(bytes);
            }
        }
    }

    /// The key that the database kept.
    pub(super) fn read(kept: &str, public_url: &str) -> Option<Self> {
        let signing = SigningKey::from_slice(&URL_SAFE_NO_PAD.decode(kept).ok()?).ok()?;
        let public = URL_SAFE_NO_PAD.encode(signing.verifying_key().to_encoded_point(false).as_bytes());
        let contact = if public_url.is_empty() { "https://localhost" } else { public_url };
        Some(Self { signing, public, contact: contact.to_owned() })
    }

    /// What a request to this push service carries.
    pub(super) fn authorization(&self, to: &Url, now: Timestamp) -> String {
        let until = (now + SIGNED_FOR).0 / 1000;
        let claims = json!({ "aud": to.origin().ascii_serialization(), "exp": until, "sub": self.contact })
            .to_string();
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature: Signature = self.signing.sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("vapid t={signed}.{signature}, k={}", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use web_push_native::p256::ecdsa::VerifyingKey;
    use web_push_native::p256::ecdsa::signature::Verifier;

    #[test]
    fn a_push_service_can_tell_who_sends_and_until_when() {
        let keys = Keys::read(&Keys::fresh(), "https://hubbub.example.org").unwrap();
        let to = "https://push.example.org:8443/device?x=1".parse().unwrap();
        let authorization = keys.authorization(&to, Timestamp(1_795_252_205_000));
        let (token, key) = authorization.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = VerifyingKey::from_sec1_bytes(&URL_SAFE_NO_PAD.decode(key).unwrap()).unwrap();
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        key.verify(signed.as_bytes(), &signature).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], "https://push.example.org:8443");
        assert_eq!(claims["exp"], 1_795_252_205 + 12 * 3600);
        assert_eq!(claims["sub"], "https://hubbub.example.org");
    }

    #[test]
    fn the_key_stays_the_same_as_long_as_it_is_kept() {
        let kept = Keys::fresh();
        assert_eq!(Keys::read(&kept, "").unwrap().public, Keys::read(&kept, "").unwrap().public);
        assert_ne!(Keys::fresh(), kept);
        assert!(Keys::read("no key", "").is_none());
    }
}
