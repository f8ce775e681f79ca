//! Names that tell of secrets.

use super::any;

/// Words at the end of a header's name that say it carries a credential, beside those at the end of a field's.
const CREDENTIAL: &[&str] = &[
    "authorization",
    "auth",
    "key",
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
    "ocp-apim-subscription-key",
    "x-csrftoken",
    "x-honeycomb-team",
    "x-xsrf-token",
];

/// Returns whether a header of that name carries a credential.
pub(super) fn is_header(name: &str) -> bool {
    // `Key` alone is a header of caches.
    let last =
        name.rsplit(['-', '_']).next().filter(|last| *last != "key" || name != "key").unwrap_or_default();
    let public =
        name.starts_with("access-control-") || name.starts_with("x-ratelimit") || any(name, HARMLESS);
    !public && (any(last, CREDENTIAL) || FIELD_ENDS.iter().any(|end| last.ends_with(end)) || any(name, NAMED))
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
    "licensekey",
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
    "storagekey",
    "subscriptionkey",
    "temporarytoken",
    "verifytoken",
    "xamzcredential",
    "xamzsecuritytoken",
    "xamzsignature",
    "xgoogsignature",
    "xsrftoken",
];

/// How the names of secret fields end, whatever they are for: `db_password`, `slackBotToken`. Not `token` alone, for
/// answers are full of tokens and pages have some, too; and not `secret` or `key` alone, which may name one.
const FIELD_ENDS: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apikey",
    "apisecret",
    "apitoken",
    "appsecret",
    "authtoken",
    "bottoken",
    "channelsecret",
    "clientsecret",
    "devicetoken",
    "encryptionkey",
    "fcmtoken",
    "invitetoken",
    "jwtsecret",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "privatetoken",
    "pushtoken",
    "refreshtoken",
    "resettoken",
    "secretkey",
    "sessiontoken",
    "sharedsecret",
    "signingkey",
    "signingsecret",
    "tokensecret",
    "totpsecret",
    "trackertoken",
    "usertoken",
    "verificationtoken",
    "webhooksecret",
    "webhooktoken",
];

/// Returns whether a field of JSON, a form or XML of that name holds a secret; the name is without `_` and `-`.
pub(super) fn is_field(name: &str) -> bool {
    any(name, FIELD) || FIELD_ENDS.iter().any(|end| name.ends_with(end))
}

/// Names of secret parameters that are none of fields, without `_` and `-`.
const PARAMETER: &[&str] = &[
    "appkey",
    "applicationkey",
    "auth",
    "code",
    "key",
    "oauthsignature",
    "oauthverifier",
    "pass",
    "sig",
    "sign",
    "signature",
    "token",
];

/// Returns whether a parameter of an address of that name holds a secret.
pub(super) fn is_parameter(name: &str) -> bool {
    let bare: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    is_field(&bare) || any(&bare, PARAMETER)
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
        for name in ["X-TrackerToken", "x-api-key", "authtoken", "X-Honeycomb-Team", "Stripe-Signature"] {
            assert!(is_header(&name.to_ascii_lowercase()), "{name}");
        }
        for name in ["key", "idempotency-key", "mcp-session-id", "x-ratelimit-limit-tokens", "page-token"] {
            assert!(!is_header(name), "{name}");
        }
        for name in ["hapikey", "private_token", "app_key", "pass", "oauth_verifier", "code"] {
            assert!(is_parameter(name), "{name}");
        }
        for name in ["page_token", "alt", "appid", "session_id", "keyword"] {
            assert!(!is_parameter(name), "{name}");
        }
    }

    #[test]
    fn every_secret_parameter_is_looked_for_in_texts() {
        for name in [FIELD, FIELD_ENDS, PARAMETER].concat() {
            let word = super::super::secrets::ADDRESS.iter().map(|word| word.trim_end_matches('='));
            assert!(word.clone().any(|word| name.ends_with(word)), "{name}");
        }
    }
}
