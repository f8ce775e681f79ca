//! Names that tell of secrets.

use super::any;

/// Words at the end of a header's name that say it carries a credential, beside those at the end of a field's.
const CREDENTIAL: &[&str] = &[
    "assertion",
    "authentication",
    "authorization",
    "auth",
    "token",
    "secret",
    "credential",
    "credentials",
    "otp",
    "jwt",
    "signature",
];

/// Headers that end so and carry none.
const HARMLESS: &[&str] = &[
    "idempotency-key",
    "x-idempotency-key",
    "surrogate-key",
    "x-surrogate-key",
    "cache-key",
    "x-cache-key",
    "sec-websocket-key",
    "x-amzn-remapped-authorization-key",
    "public-key",
    "encryption-key-id",
    "x-routing-key",
    "partition-key",
    "x-ms-documentdb-partitionkey",
    "x-continuation-token",
    "next-token",
    "x-next-token",
    "page-token",
    "sync-token",
    "x-ms-request-root-id-signature",
    "x-ms-continuation-token",
];

/// Headers that carry a credential under another name.
const NAMED: &[&str] = &[
    "x-auth",
    "x-amz-security-token",
    "private-token",
    "x-cookie",
    "x-csrftoken",
    "x-honeycomb-team",
    "x-jwt-payload",
    "x-ms-authorization-auxiliary",
    "x-session",
    "x-user-pass",
    "x-xsrf-token",
];

/// Returns whether a header of that name carries a credential.
pub(super) fn is_header(name: &str) -> bool {
    let last = name.rsplit(['-', '_']).next().unwrap_or_default();
    let bare: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    let ends = FIELD_ENDS.iter().any(|end| bare.ends_with(end));
    !is_public(name) && (any(last, CREDENTIAL) || ends || any(name, NAMED))
}

/// Returns whether a header of that name carries a key, or the name of a column or cache. `Key` alone is a header of
/// caches.
pub(super) fn is_key_header(name: &str) -> bool {
    (name.ends_with("-key") || name.ends_with("_key")) && !is_public(name) && !is_header(name)
}

fn is_public(name: &str) -> bool {
    name.starts_with("access-control-") || name.starts_with("x-ratelimit") || any(name, HARMLESS)
}

/// Names of secret fields, without `_` and `-`, in lower case.
const FIELD: &[&str] = &[
    "accesskeyid",
    "accountkey",
    "adminkey",
    "assertion",
    "authenticitytoken",
    "authorization",
    "authorizationtoken",
    "awsaccesskeyid",
    "bearer",
    "bearertoken",
    "clientassertion",
    "codeverifier",
    "connectionstring",
    "consumersecret",
    "credential",
    "csrfmiddlewaretoken",
    "csrftoken",
    "deploykey",
    "devicecode",
    "ephemeralkey",
    "hmackey",
    "idtoken",
    "jwt",
    "logintoken",
    "magiclinktoken",
    "masterkey",
    "passwordconfirmation",
    "proxyauthorization",
    "pwd",
    "registrationtoken",
    "sastoken",
    "secret",
    "securitytoken",
    "serviceaccountkey",
    "sharedkey",
    "temporarytoken",
    "verifytoken",
    "xamzcredential",
    "xamzsecuritytoken",
    "xamzsignature",
    "xgoogsignature",
    "xsrftoken",
];

/// Names of fields that hold lists of secrets.
const LISTS: &[&str] = &["apikeys", "backupcodes", "recoverycodes"];

/// Names of fields that hold a secret, or the name of something.
const VAGUE_FIELD: &[&str] = &["consumerkey", "licensekey", "storagekey"];

/// Returns whether a field of that name may hold a secret.
pub(super) fn is_vague_field(name: &str) -> bool {
    any(name, VAGUE_FIELD)
}

/// How the names of secret fields end, whatever they are for: `db_password`, `slackBotToken`. Not `token` alone, for
/// answers are full of tokens and pages have some, too; and not `secret` or `key` alone, which may name one.
const FIELD_ENDS: &[&str] = &[
    "accesskey",
    "accesstoken",
    "admintoken",
    "apikey",
    "apisecret",
    "apitoken",
    "appsecret",
    "authtoken",
    "bottoken",
    "channelsecret",
    "clientsecret",
    "dbpass",
    "deploytoken",
    "devicetoken",
    "discordtoken",
    "encryptionkey",
    "fcmtoken",
    "githubtoken",
    "gitlabtoken",
    "hftoken",
    "huggingfacetoken",
    "invitetoken",
    "jwtsecret",
    "notiontoken",
    "npmtoken",
    "oauthtoken",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "privatetoken",
    "personaltoken",
    "pushtoken",
    "pypitoken",
    "refreshtoken",
    "resettoken",
    "rootpw",
    "samlresponse",
    "secretkey",
    "servicetoken",
    "sessiontoken",
    "sharedsecret",
    "signingkey",
    "signingsecret",
    "slacktoken",
    "subscriptionkey",
    "telegramtoken",
    "tokensecret",
    "totpsecret",
    "trackertoken",
    "usertoken",
    "vaulttoken",
    "verificationtoken",
    "webhooksecret",
    "webhooktoken",
];

/// Returns whether a field of JSON, a form or XML of that name holds a secret; the name is without `_` and `-`.
pub(super) fn is_field(name: &str) -> bool {
    any(name, FIELD) || any(name, LISTS) || FIELD_ENDS.iter().any(|end| name.ends_with(end))
}

/// Returns whether a field in an object of headers carries a credential, by both names.
pub(super) fn is_header_field(name: &str) -> bool {
    name.split_once('.').is_some_and(|(object, header)| object.ends_with("headers") && is_header(header))
}

/// What `key` means in objects that tell no more of it, without `_` and `-`: how Azure OpenAI is to log in to a search
/// index (`data_sources[*].parameters.authentication.key`, once `dataSources[*].parameters.key`; provider
/// documentation).
const NESTED: &[&str] = &["authentication.key", "parameters.key"];

/// Returns whether a field in an object holds a secret by both names: `auth.token` as `auth_token` does.
pub(super) fn is_nested(name: &str) -> bool {
    let bare: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    any(&bare, NESTED)
        || bare.split_once('.').is_some_and(|(object, own)| is_field(&format!("{object}{own}")))
}

/// Names of secret parameters that are none of fields, without `_` and `-`.
const PARAMETER: &[&str] = &[
    "appkey",
    "applicationkey",
    "oauthsignature",
    "oauthverifier",
    "pass",
    "sig",
    "signature",
    "xplextoken",
];

/// Names of parameters that hold a secret, or a word: a column, an error, a page.
const VAGUE_PARAMETER: &[&str] =
    &["auth", "authkey", "code", "hmac", "key", "policy", "session", "sign", "token", "userkey"];

/// Returns whether a parameter of an address of that name holds a secret.
pub(super) fn is_parameter(name: &str) -> bool {
    let bare: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    is_field(&bare) || any(&bare, PARAMETER)
}

/// Returns whether a parameter of an address of that name may hold a secret.
pub(super) fn is_vague_parameter(name: &str) -> bool {
    let bare: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    any(&bare, VAGUE_PARAMETER) || is_vague_field(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_of_secrets_whatever_they_are_for() {
        for name in
            ["password", "dbpassword", "newpassword", "openaiapikey", "slackbottoken", "totpsecret", "pwd"]
        {
            assert!(is_field(name), "{name}");
        }
        for name in
            ["token", "tokens", "inputtokens", "nextpagetoken", "key", "primarykey", "signature", "sessionid"]
        {
            assert!(!is_field(name), "{name}");
        }
        for name in [
            "X-TrackerToken",
            "x-api-key",
            "Ocp-Apim-Subscription-Key",
            "Cf-Access-Jwt-Assertion",
            "authtoken",
            "X-Honeycomb-Team",
            "Stripe-Signature",
        ] {
            assert!(is_header(&name.to_ascii_lowercase()), "{name}");
        }
        for name in ["key", "idempotency-key", "mcp-session-id", "x-ratelimit-limit-tokens", "page-token"] {
            assert!(!is_header(name), "{name}");
        }
        for name in ["hapikey", "private_token", "app_key", "pass", "oauth_verifier", "SAMLResponse"] {
            let name = &name.to_ascii_lowercase();
            assert!(is_parameter(name), "{name}");
        }
        for name in ["page_token", "alt", "appid", "session_id", "keyword"] {
            assert!(!is_parameter(name) && !is_vague_parameter(name), "{name}");
        }
        for name in ["code", "key", "licensekey"] {
            assert!(is_vague_parameter(name), "{name}");
        }
        for name in ["x-sort-key", "x-secret-sauce-key"] {
            assert!(is_key_header(name) && !is_header(name), "{name}");
        }
    }

    #[test]
    fn every_secret_parameter_is_looked_for_in_texts() {
        for name in [FIELD, FIELD_ENDS, VAGUE_FIELD, PARAMETER, VAGUE_PARAMETER].concat() {
            let word = super::super::secrets::ADDRESS.iter().map(|word| word.trim_end_matches('='));
            assert!(word.clone().any(|word| name.ends_with(word)), "{name}");
        }
    }
}
