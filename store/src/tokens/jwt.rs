//! The form of access tokens: JWT (RFC 7519, 9068), signed with Ed25519. Everything that knows that form
//! is the crate jsonwebtoken; the curve is ring's, which TLS brings along.

use crate::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{CryptoProvider, JwkUtils, JwtSigner, JwtVerifier};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters,
    OctetKeyPairType, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use protocol::Timestamp;
use protocol::token::Scopes;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use signature::{Signer, Verifier};
use std::sync::Once;
use uuid::Uuid;

/// What kind of JWT an access token is (RFC 9068).
const KIND: &str = "at+jwt";
/// Claims that must be there.
const REQUIRED: [&str; 5] = ["iss", "aud", "sub", "exp", "nbf"];

/// What an access token says. Times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    /// The account.
    pub(super) sub: Uuid,
    /// The session of the exchange.
    pub(super) sid: Uuid,
    jti: Uuid,
    /// Words with spaces.
    pub(super) scope: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Claims {
    pub(super) fn new(
        issuer: &str,
        sub: Uuid,
        sid: Uuid,
        jti: Uuid,
        scopes: Scopes,
        now: Timestamp,
        until: Timestamp,
    ) -> Self {
        let (now, until) = (now.0.div_euclid(1_000), until.0.div_euclid(1_000));
        let issuer = issuer.to_owned();
        let scope = scopes.to_string();
        Self { iss: issuer.clone(), aud: issuer, sub, sid, jti, scope, iat: now, nbf: now, exp: until }
    }

    pub(super) fn issued_at(&self) -> Timestamp {
        seconds(self.iat)
    }

    pub(super) fn not_before(&self) -> Timestamp {
        seconds(self.nbf)
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        seconds(self.exp)
    }
}

fn seconds(count: i64) -> Timestamp {
    Timestamp(count.saturating_mul(1_000))
}

/// A key before it is stored.
#[derive(Clone)]
pub(super) struct KeyPair {
    pub(super) id: Uuid,
    pub(super) secret: Vec<u8>,
    pub(super) public: Vec<u8>,
}

impl KeyPair {
    pub(super) fn generate() -> Self {
        let secret =
            Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("the system has random bytes");
        let pair = Ed25519KeyPair::from_pkcs8(secret.as_ref()).expect("it was made just now");
        Self {
            id: Uuid::from_u128(rand::random()),
            secret: secret.as_ref().to_vec(),
            public: pair.public_key().as_ref().to_vec(),
        }
    }
}

/// The token that says this.
pub(super) fn sign(claims: &Claims, key: Uuid, secret: &[u8]) -> Result<String> {
    use_ring();
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(KIND.to_owned());
    header.kid = Some(key.to_string());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(secret))
        .map_err(|why| Error::corrupt("signing_keys", key, why))
}

/// The key that a token says it was signed with, if it says what ours say.
pub(super) fn key_id(token: &str) -> Option<Uuid> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let is_ours = header.alg == Algorithm::EdDSA && header.typ.as_deref() == Some(KIND);
    header.kid.filter(|_| is_ours)?.parse().ok()
}

/// What a token says, if this key signed it for this instance. Its times are for the caller to look at, by
/// the store's clock.
pub(super) fn read(token: &str, public: &[u8], issuer: &str) -> Option<Claims> {
    use_ring();
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_required_spec_claims(&REQUIRED);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[issuer]);
    rules.validate_exp = false;
    rules.validate_nbf = false;
    let token = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_ed_der(public), &rules);
    token.ok().map(|token| token.claims)
}

/// Whether a secret can be read and belongs to this public half.
pub(crate) fn is_pair(secret: &[u8], public: &[u8]) -> bool {
    Ed25519KeyPair::from_pkcs8(secret).is_ok_and(|pair| pair.public_key().as_ref() == public)
}

/// Public keys as a JWK set in JSON.
pub(crate) fn published(keys: &[(Uuid, Vec<u8>)]) -> String {
    let jwk = |(id, public): &(Uuid, Vec<u8>)| Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(id.to_string()),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(public),
        }),
    };
    let set = JwkSet { keys: keys.iter().map(jwk).collect() };
    serde_json::to_string(&set).expect("keys are texts")
}

/// The crate has no curve of its own unless it may bring RSA along; this gives it ring's.
static RING: CryptoProvider =
    CryptoProvider { signer_factory, verifier_factory, jwk_utils: JwkUtils::new_unimplemented() };

fn use_ring() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        RING.install_default().expect("nothing else in this program signs such tokens");
    });
}

fn signer_factory(
    algorithm: &Algorithm,
    key: &EncodingKey,
) -> jsonwebtoken::errors::Result<Box<dyn JwtSigner>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let pair = Ed25519KeyPair::from_pkcs8(key.inner()).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Signer(pair)))
}

fn verifier_factory(
    algorithm: &Algorithm,
    key: &DecodingKey,
) -> jsonwebtoken::errors::Result<Box<dyn JwtVerifier>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(Ed25519Verifier(UnparsedPublicKey::new(&ED25519, key.as_bytes().to_vec()))))
}

struct Ed25519Signer(Ed25519KeyPair);

impl Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Ed25519Verifier(UnparsedPublicKey<Vec<u8>>);

impl Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        self.0.verify(message, signed).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "urn:uuid:7";

    fn claims() -> Claims {
        let id = Uuid::from_u128;
        Claims::new(ISSUER, id(1), id(2), id(3), Scopes::all(), Timestamp(7_999), Timestamp(900_000))
    }

    /// A token with these two parts, signed by this.
    fn forged(header: &str, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn by(key: &KeyPair) -> impl Fn(&[u8]) -> Vec<u8> {
        let pair = Ed25519KeyPair::from_pkcs8(&key.secret).unwrap();
        move |message| pair.sign(message).as_ref().to_vec()
    }

    #[test]
    fn what_was_signed_is_read_again() {
        let key = KeyPair::generate();
        let token = sign(&claims(), key.id, &key.secret).unwrap();
        assert_eq!(key_id(&token), Some(key.id));
        assert_eq!(read(&token, &key.public, ISSUER), Some(claims()));
        assert_eq!(claims().issued_at(), Timestamp(7_000));
        assert!(token.len() < 700, "{}", token.len());
    }

    #[test]
    fn other_keys_issuers_and_audiences_are_refused() {
        let (key, other) = (KeyPair::generate(), KeyPair::generate());
        let token = sign(&claims(), key.id, &key.secret).unwrap();
        assert_eq!(read(&token, &other.public, ISSUER), None);
        assert_eq!(read(&token, &key.public, "urn:uuid:8"), None);
        for wrong in [
            Claims { aud: "urn:uuid:8".to_owned(), ..claims() },
            Claims { iss: "urn:uuid:8".to_owned(), ..claims() },
        ] {
            let token = sign(&wrong, key.id, &key.secret).unwrap();
            assert_eq!(read(&token, &key.public, ISSUER), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_token_without_a_claim_is_refused() {
        let key = KeyPair::generate();
        let header = r#"{"alg":"EdDSA","typ":"at+jwt"}"#;
        let whole = serde_json::to_value(claims()).unwrap();
        assert!(read(&forged(header, &whole.to_string(), by(&key)), &key.public, ISSUER).is_some());
        for claim in ["iss", "aud", "sub", "sid", "scope", "exp", "nbf", "iat"] {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(claim);
            let token = forged(header, &less.to_string(), by(&key));
            assert_eq!(read(&token, &key.public, ISSUER), None, "without {claim}");
            let mut text = whole.clone();
            text[claim] = serde_json::Value::Bool(true);
            let token = forged(header, &text.to_string(), by(&key));
            assert_eq!(read(&token, &key.public, ISSUER), None, "{claim} as something else");
        }
    }

    #[test]
    fn no_other_algorithm_is_taken_whatever_it_signs_with() {
        let key = KeyPair::generate();
        let claims = serde_json::to_string(&claims()).unwrap();
        let kid = key.id;
        let hmac = |message: &[u8]| {
            let public = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key.public);
            ring::hmac::sign(&public, message).as_ref().to_vec()
        };
        let header = |alg: &str| format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":"{kid}"}}"#);
        for token in [
            forged(&header("none"), &claims, |_| Vec::new()),
            forged(&header("None"), &claims, by(&key)),
            forged(&header("HS256"), &claims, hmac),
            forged(&header("HS256"), &claims, by(&key)),
            forged(&header("ES256"), &claims, by(&key)),
            forged(&header("eddsa"), &claims, by(&key)),
        ] {
            assert_eq!((key_id(&token), read(&token, &key.public, ISSUER)), (None, None), "{token}");
        }
        assert_eq!(key_id(&forged(&header("EdDSA"), &claims, by(&key))), Some(kid), "the control");
        let untyped = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
        assert_eq!(key_id(&forged(&untyped, &claims, by(&key))), None, "another kind of JWT");
    }

    #[test]
    fn one_bit_more_or_less_is_refused() {
        let key = KeyPair::generate();
        let token = sign(&claims(), key.id, &key.secret).unwrap();
        for (index, letter) in token.char_indices() {
            let other = if letter == 'A' { 'Z' } else { 'A' };
            let mut changed = token.clone();
            changed.replace_range(index..=index, &other.to_string());
            // The last letter of a signature holds four bits that mean nothing.
            if index + 1 < token.len() {
                assert_eq!(read(&changed, &key.public, ISSUER), None, "letter {index}");
            }
        }
    }

    #[test]
    fn keys_are_published_without_their_secret() {
        let key = KeyPair::generate();
        let text = published(&[(key.id, key.public.clone())]);
        let set: serde_json::Value = serde_json::from_str(&text).unwrap();
        let x = URL_SAFE_NO_PAD.encode(&key.public);
        let id = key.id.to_string();
        let expected = serde_json::json!({ "keys": [
            { "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": x }
        ] });
        assert_eq!(set, expected);
    }
}
